export { SampleSettings } from './sample-settings.js';
