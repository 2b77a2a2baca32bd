import type { OwnedMigration } from '@lastgood/database';

/** A line of a run's log. */
export interface RunLinesTable {
  run: string;
  /** Begins with the instant, so that ids sort by time; then who wrote it and a number. */
  id: string;
  level: string;
  service: string;
  message: string;
  /** JSON: names with texts, numbers, true, false or null. */
  fields: string;
}

/** Who joined a run that somebody else had asked for. */
export interface RunJoinersTable {
  run: string;
  actor: string;
}

export const runLines: OwnedMigration = {
  name: '005-run-lines',
  async up(db) {
    await db.schema.createTable('run_lines')
      .addColumn('run', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('level', 'text', (column) => column.notNull())
      .addColumn('service', 'text', (column) => column.notNull())
      .addColumn('message', 'text', (column) => column.notNull())
      .addColumn('fields', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('run_lines_primary', ['run', 'id'])
      .execute();
    await db.schema.createIndex('run_lines_by_time').on('run_lines').column('id').execute();
  },
  async down(db) {
    await db.schema.dropTable('run_lines').execute();
  },
};

export const runJoiners: OwnedMigration = {
  name: '006-run-joiners',
  async up(db) {
    await db.schema.createTable('run_joiners')
      .addColumn('run', 'text', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('run_joiners_primary', ['run', 'actor'])
      .execute();
  },
  async down(db) {
    await db.schema.dropTable('run_joiners').execute();
  },
};
