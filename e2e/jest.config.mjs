import preset from '../jest.preset.mjs';

/** Two at once, also on two cores: most of these tests wait for other processes half of the time. */
export default { ...preset, maxWorkers: 2 };
