/**
 * The Keeper's own record of one repository.
 *
 * `source`    one row per configured source, and what its last checks said.
 * `release`   one row per digest ever seen of a chart version: where its archive lies, how far copying it
 *             came. Never deleted once a complete index has shown it.
 * `line`      the entry of a release as it will be listed. It stands apart because it is by far the largest
 *             part, and SQLite rewrites a whole row whenever one value in it changes, as the state does.
 * `sighting`  what a source's index holds now, by fingerprint of the entry's text: this is how a read knows
 *             which entries are new. It leads to a release, or says why the entry was dropped.
 * `tag`       the same for a registry: what its charts' lists of tags hold now. A tag that is due is read; one
 *             that is not a chart version, but a signature or the like, is kept beside the version it belongs to.
 * `kept`      what of that is in storage, for good: a tag, or `sha256:<subject>`, and the manifest behind it.
 *             `kept_at` puts in order to what a tag led. `descriptor` is its KeptDescriptor in JSON (storage/registry-lines.ts).
 * `shown`     which source shows which release now, by either.
 * `revision`  one row per publication, for history and its collection: of which revision, its head, what it
 *             changed. A row without a head belongs to documents that were begun and perhaps never published.
 * `damage`    one row per archive, or provenance, that was found missing or damaged in storage and is not back.
 * `judgement` charts of which it is to be decided again what is listed, and when (decide-listing.ts).
 * `loss`      versions that no source shows any more, where that hides them: not yet, or `followed`.
 * `condition` what holds now that is worth telling somebody. Once it has ended, it may be told again.
 * `notice`    what is to be delivered still: a row for every webhook that is to be told.
 * `withdrawal` what the operator has withdrawn in the mirror, as JSON of its Withdrawal (storage/withdrawals.ts).
 * `withdrawn_version`, `withdrawn_digest`: the same to be looked up: versions of this repository, archives of any.
 * `fact`      single values.
 *
 * A release is `new` until an index that shows it was read to its end: half an index changes nothing for
 * readers. Then it is `pending`, `stored` or `failed`; one that vanished before it could be stored is `gone`, and
 * one that is not mirrored (`include`, `exclude`, `keepNewest`) and not stored is `skipped`.
 * `read` counts the reads of a source; a sighting with a number above the source's `confirmed` one belongs to
 * a read that has not come to a good end.
 * In a release, `manifest` is that with which its archive came from a registry, `artifact` the JSON of its
 * SyntheticDigests, and `published` the `line_hash` that the last publication listed; null: it did not. `told` is 1
 * once somebody was told of it as a version with other bytes.
 * In a tag, `first` is 1 if the first list that the registry ever gave had it.
 * `signature` is the JSON of its SignatureVerdict (signatures-table.ts); null: its provenance was not verified yet.
 * `aged_from` is when its `minimumAge` began, `early` 1 if the operator does not want to wait for it, `first_listed`
 * when it was listed for the first time, and `unlisted` why it is not, where that is a rule of the operator.
 * Times are milliseconds since 1970; `null` in `last_seen` means "seen in the last read".
 */
export const ledgerSchema = `
CREATE TABLE IF NOT EXISTS source (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  url TEXT NOT NULL UNIQUE,
  settings TEXT NOT NULL,
  etag TEXT,
  last_modified TEXT,
  state TEXT NOT NULL DEFAULT 'unknown',
  checked_at INTEGER,
  succeeded_at INTEGER,
  changed_at INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  error_code TEXT,
  error_message TEXT,
  next_check INTEGER NOT NULL DEFAULT 0,
  confirmed INTEGER NOT NULL DEFAULT 0,
  entries INTEGER NOT NULL DEFAULT 0,
  closed INTEGER NOT NULL DEFAULT 0,
  came INTEGER NOT NULL DEFAULT 0,
  files_due INTEGER DEFAULT 0,
  round TEXT,
  told TEXT,
  paused_until INTEGER NOT NULL DEFAULT 0,
  pause_asked INTEGER NOT NULL DEFAULT 0,
  pauses INTEGER NOT NULL DEFAULT 0,
  failing_since INTEGER,
  outage TEXT,
  checks INTEGER NOT NULL DEFAULT 0,
  check_ms INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS release (
  id INTEGER PRIMARY KEY,
  chart TEXT NOT NULL,
  version TEXT NOT NULL,
  sort_key TEXT NOT NULL,
  name TEXT NOT NULL,
  digest TEXT,
  line_hash BLOB,
  addresses TEXT NOT NULL,
  manifest TEXT,
  artifact TEXT,
  state TEXT NOT NULL DEFAULT 'new',
  listed INTEGER NOT NULL DEFAULT 0,
  published BLOB,
  size INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  due INTEGER,
  provenance TEXT NOT NULL DEFAULT 'unknown',
  signature TEXT,
  code TEXT,
  message TEXT,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER,
  aged_from INTEGER NOT NULL,
  early INTEGER NOT NULL DEFAULT 0,
  first_listed INTEGER,
  unlisted TEXT,
  told INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX IF NOT EXISTS release_identity ON release (chart, sort_key, digest);
CREATE INDEX IF NOT EXISTS release_due ON release (due) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS release_signed ON release (coalesce(signature ->> 'keyring', 0))
  WHERE provenance = 'stored';
CREATE TABLE IF NOT EXISTS line (release INTEGER PRIMARY KEY, text BLOB NOT NULL);
CREATE TRIGGER IF NOT EXISTS line_of_no_release AFTER DELETE ON release
BEGIN
  DELETE FROM line WHERE release = old.id;
END;
CREATE TABLE IF NOT EXISTS sighting (
  source INTEGER NOT NULL,
  fingerprint INTEGER NOT NULL,
  read INTEGER NOT NULL,
  chart TEXT NOT NULL,
  version TEXT NOT NULL,
  release INTEGER,
  code TEXT,
  message TEXT,
  PRIMARY KEY (source, fingerprint)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tag (
  source INTEGER NOT NULL,
  chart TEXT NOT NULL,
  tag TEXT NOT NULL,
  sort_key TEXT,
  manifest TEXT,
  release INTEGER,
  code TEXT,
  message TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  due INTEGER,
  recheck INTEGER,
  first INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (source, chart, tag)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tag_due ON tag (source, due) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS tag_recheck ON tag (source, recheck) WHERE recheck IS NOT NULL;
CREATE TABLE IF NOT EXISTS kept (
  source INTEGER NOT NULL,
  chart TEXT NOT NULL,
  reference TEXT NOT NULL,
  manifest TEXT NOT NULL,
  subject TEXT,
  descriptor TEXT NOT NULL,
  kept_at INTEGER NOT NULL,
  PRIMARY KEY (source, chart, reference, manifest)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kept_chart ON kept (chart);
CREATE VIEW IF NOT EXISTS shown AS
  SELECT source, release FROM sighting WHERE release IS NOT NULL
  UNION ALL SELECT source, release FROM tag WHERE release IS NOT NULL;
CREATE TABLE IF NOT EXISTS revision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  revision TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  superseded_at INTEGER,
  interim INTEGER NOT NULL,
  head TEXT,
  changes TEXT
);
CREATE TABLE IF NOT EXISTS damage (
  release INTEGER NOT NULL,
  part TEXT NOT NULL,
  found_at INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (release, part)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS judgement (chart TEXT PRIMARY KEY, due INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS loss (
  chart TEXT NOT NULL,
  sort_key TEXT NOT NULL,
  since INTEGER NOT NULL,
  followed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (chart, sort_key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS judgement_due ON judgement (due, chart);
CREATE TABLE IF NOT EXISTS condition (
  event TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (event, subject)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notice (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  webhook TEXT NOT NULL,
  body TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  recorded INTEGER NOT NULL,
  due INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS notice_due ON notice (due);
CREATE TABLE IF NOT EXISTS withdrawal (id INTEGER PRIMARY KEY, entry TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS withdrawn_version (
  chart TEXT NOT NULL,
  sort_key TEXT NOT NULL,
  PRIMARY KEY (chart, sort_key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS withdrawn_digest (digest TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fact (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;
