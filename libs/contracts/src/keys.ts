import { Collection, DistrictId, Epoch, RunId, SnapshotId, SourceId } from './ids.js';

interface Place {
  district: string;
  source: string;
}

const place = ({ district, source }: Place): string => `${DistrictId.parse(district)}/${SourceId.parse(source)}`;

/** Folder of everything one epoch of a run lands: `staging/{district}/{source}/{run}/{epoch}/`. */
export function stagingFolder(of: Place & { run: string; epoch: number }): string {
  return `${stagingRunFolder(of)}${Epoch.parse(of.epoch)}/`;
}

/** Folder of everything a run ever landed, all epochs: `staging/{district}/{source}/{run}/`. */
export function stagingRunFolder(of: Place & { run: string }): string {
  return `staging/${place(of)}/${RunId.parse(of.run)}/`;
}

/** Key of the claim of one epoch: `.../claim.json`. */
export function stagingClaimKey(of: Place & { run: string; epoch: number }): string {
  return `${stagingFolder(of)}claim.json`;
}

/** Key of one landed page: `.../{collection}/{offset, 10 digits}.jsonl.zst`; a walk that began anew puts the number of its round, 1 or more, before the offset: `{round}-{offset}`. */
export function stagingPageKey(of: Place & { run: string; epoch: number; collection: Collection; offset: number; round?: number }): string {
  const round = of.round ? `${of.round}-` : '';
  return `${stagingFolder(of)}${Collection.parse(of.collection)}/${round}${String(of.offset).padStart(10, '0')}.jsonl.zst`;
}

/** Key of what one round of a walk was told at its beginning, for a later epoch that adopts its pages: `.../{collection}/round-{round}.json`. */
export function stagingRoundKey(of: Place & { run: string; epoch: number; collection: Collection; round: number }): string {
  return `${stagingFolder(of)}${Collection.parse(of.collection)}/round-${of.round}.json`;
}

/** Key of the page list of one collection: `.../{collection}/pages.json`. */
export function pageListKey(of: Place & { run: string; epoch: number; collection: Collection }): string {
  return `${stagingFolder(of)}${Collection.parse(of.collection)}/pages.json`;
}

/** The snapshot (= attempt) id of one epoch of a run. */
export function snapshotIdOf(of: { run: string; epoch: number }): string {
  return SnapshotId.parse(`${of.epoch}-${of.run}`);
}
