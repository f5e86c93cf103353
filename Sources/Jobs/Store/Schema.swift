// The database's tables, as named steps that only go forward: a step that was published is never changed, a new one is
// added after it. What SQLite can check, it checks. Times are milliseconds since 1970; compound values are JSON.
//
// The whole as SQLite keeps it: `Tests/JobsTests/SchemaSnapshot.swift`.
import GRDB

/// Brings databases up to date.
enum Schema {
    /// Every step, in order.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 keys") { try $0.execute(sql: keys) }
        migrator.registerMigration("1 conversions") { try $0.execute(sql: conversions) }
        migrator.registerMigration("1 jobs") { try $0.execute(sql: jobs) }
        migrator.registerMigration("1 revisions") { try $0.execute(sql: revisions) }
        migrator.registerMigration("1 accounts") { try $0.execute(sql: accounts) }
        migrator.registerMigration("2 receipts") { try $0.execute(sql: receipts) }
        migrator.registerMigration("3 files") { try $0.execute(sql: mediaFiles) }
        migrator.registerMigration("4 kinds") { try $0.execute(sql: kinds) }
        return migrator
    }

    private static let keys = """
        CREATE TABLE api_key (
            id TEXT NOT NULL PRIMARY KEY,
            name TEXT NOT NULL,
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            created_ms INTEGER NOT NULL,
            revoked_ms INTEGER,
            last_used_ms INTEGER,
            requests_per_minute INTEGER CHECK (requests_per_minute > 0),
            active_jobs INTEGER CHECK (active_jobs > 0)
        ) STRICT;
        CREATE TABLE secret (
            name TEXT NOT NULL PRIMARY KEY,
            bytes BLOB NOT NULL CHECK (length(bytes) = 32)
        ) STRICT;
        """

    // `latest_job` and its job are written in one transaction, whichever comes first.
    private static let conversions = """
        CREATE TABLE conversion (
            id TEXT NOT NULL PRIMARY KEY,
            key_id TEXT NOT NULL,
            name TEXT NOT NULL,
            request TEXT NOT NULL,
            created_ms INTEGER NOT NULL,
            updated_ms INTEGER NOT NULL,
            latest_revision INTEGER CHECK (latest_revision > 0),
            latest_job TEXT NOT NULL REFERENCES job (id) DEFERRABLE INITIALLY DEFERRED
        ) STRICT;
        CREATE INDEX conversion_of_key ON conversion (key_id, id);
        CREATE INDEX conversion_by_age ON conversion (updated_ms);
        CREATE INDEX conversion_by_latest_job ON conversion (latest_job);
        CREATE TABLE design (
            conversion_id TEXT NOT NULL REFERENCES conversion (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            name TEXT NOT NULL,
            media_type TEXT NOT NULL,
            digest TEXT NOT NULL CHECK (length(digest) = 64),
            byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            PRIMARY KEY (conversion_id, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX design_by_digest ON design (digest, byte_count);
        """

    private static let jobs = """
        CREATE TABLE job (
            id TEXT NOT NULL PRIMARY KEY,
            conversion_id TEXT NOT NULL REFERENCES conversion (id) ON DELETE CASCADE,
            key_id TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('convert', 'edit')),
            state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
            stage TEXT,
            edit TEXT,
            file TEXT,
            parent_revision INTEGER,
            revision INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            claims INTEGER NOT NULL DEFAULT 0 CHECK (claims >= attempts),
            is_cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (is_cancel_requested IN (0, 1)),
            created_ms INTEGER NOT NULL,
            started_ms INTEGER,
            finished_ms INTEGER,
            not_before_ms INTEGER NOT NULL DEFAULT 0,
            worker TEXT,
            lease_ms INTEGER,
            failure TEXT,
            CHECK ((kind = 'edit') = (edit IS NOT NULL)),
            CHECK ((state = 'running') = (worker IS NOT NULL)),
            CHECK ((state = 'running') = (lease_ms IS NOT NULL)),
            CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (finished_ms IS NOT NULL)),
            CHECK ((state = 'succeeded') = (revision IS NOT NULL)),
            CHECK ((state = 'failed') = (failure IS NOT NULL))
        ) STRICT;
        CREATE INDEX job_of_conversion ON job (conversion_id, state, id);
        CREATE INDEX job_of_key ON job (key_id, id);
        CREATE INDEX job_active ON job (state, key_id, id) WHERE state IN ('queued', 'running');
        CREATE TABLE turn (
            key_id TEXT NOT NULL PRIMARY KEY,
            served INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE idempotency (
            key_id TEXT NOT NULL,
            key TEXT NOT NULL,
            digest TEXT NOT NULL,
            job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
            created_ms INTEGER NOT NULL,
            PRIMARY KEY (key_id, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX idempotency_of_job ON idempotency (job_id);
        CREATE INDEX idempotency_by_age ON idempotency (created_ms);
        """

    private static let revisions = """
        CREATE TABLE revision (
            conversion_id TEXT NOT NULL REFERENCES conversion (id) ON DELETE CASCADE,
            number INTEGER NOT NULL CHECK (number > 0),
            parent INTEGER CHECK (parent < number),
            job_id TEXT NOT NULL UNIQUE REFERENCES job (id) DEFERRABLE INITIALLY DEFERRED,
            edit TEXT,
            entry TEXT NOT NULL,
            folder TEXT NOT NULL UNIQUE,
            byte_count INTEGER NOT NULL,
            report TEXT NOT NULL,
            created_ms INTEGER NOT NULL,
            PRIMARY KEY (conversion_id, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE file (
            conversion_id TEXT NOT NULL,
            revision INTEGER NOT NULL,
            position INTEGER NOT NULL CHECK (position >= 0),
            path TEXT NOT NULL,
            media_type TEXT NOT NULL,
            digest TEXT NOT NULL CHECK (length(digest) = 64),
            byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
            PRIMARY KEY (conversion_id, revision, position),
            UNIQUE (conversion_id, revision, path),
            FOREIGN KEY (conversion_id, revision) REFERENCES revision (conversion_id, number) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        """

    private static let receipts = "ALTER TABLE revision ADD COLUMN receipts TEXT NOT NULL DEFAULT '[]'"

    private static let mediaFiles = """
        CREATE TABLE media_file (
            id TEXT NOT NULL PRIMARY KEY,
            key_id TEXT NOT NULL,
            name TEXT NOT NULL,
            purpose TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('image', 'video')),
            media_type TEXT NOT NULL,
            digest TEXT NOT NULL CHECK (length(digest) = 64),
            byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
            created_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX media_file_of_key ON media_file (key_id, id);
        CREATE INDEX media_file_by_age ON media_file (created_ms);
        CREATE INDEX media_file_by_digest ON media_file (digest);
        """

    // Batches and workflows are conversions of other kinds. A CHECK cannot be changed: `job` is made anew, its rows are
    // carried over, and it takes the old name, to which the references of other tables go on pointing. GRDB keeps foreign
    // keys out of force until all is done, and then checks every one of them.
    private static let kinds = """
        ALTER TABLE conversion ADD COLUMN kind TEXT NOT NULL DEFAULT 'conversion'
            CHECK (kind IN ('conversion', 'batch', 'workflow'));
        DROP INDEX conversion_of_key;
        CREATE INDEX conversion_of_key ON conversion (key_id, kind, id);
        ALTER TABLE design ADD COLUMN outcome TEXT;
        ALTER TABLE revision ADD COLUMN outcome TEXT;
        ALTER TABLE usage_day ADD COLUMN batches INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE usage_day ADD COLUMN workflows INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE new_job (
            id TEXT NOT NULL PRIMARY KEY,
            conversion_id TEXT NOT NULL REFERENCES conversion (id) ON DELETE CASCADE,
            key_id TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('convert', 'edit', 'batch', 'workflow')),
            state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
            stage TEXT,
            edit TEXT,
            file TEXT,
            is_retry INTEGER NOT NULL DEFAULT 0 CHECK (is_retry IN (0, 1)),
            parent_revision INTEGER,
            revision INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            claims INTEGER NOT NULL DEFAULT 0 CHECK (claims >= attempts),
            is_cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (is_cancel_requested IN (0, 1)),
            created_ms INTEGER NOT NULL,
            started_ms INTEGER,
            finished_ms INTEGER,
            not_before_ms INTEGER NOT NULL DEFAULT 0,
            worker TEXT,
            lease_ms INTEGER,
            failure TEXT,
            CHECK ((kind = 'edit') = (edit IS NOT NULL)),
            CHECK (kind = 'batch' OR NOT is_retry),
            CHECK ((state = 'running') = (worker IS NOT NULL)),
            CHECK ((state = 'running') = (lease_ms IS NOT NULL)),
            CHECK ((state IN ('succeeded', 'failed', 'cancelled')) = (finished_ms IS NOT NULL)),
            CHECK ((state = 'succeeded') = (revision IS NOT NULL)),
            CHECK ((state = 'failed') = (failure IS NOT NULL))
        ) STRICT;
        INSERT INTO new_job (
            id, conversion_id, key_id, kind, state, stage, edit, file, parent_revision, revision, attempts, claims,
            is_cancel_requested, created_ms, started_ms, finished_ms, not_before_ms, worker, lease_ms, failure)
        SELECT
            id, conversion_id, key_id, kind, state, stage, edit, file, parent_revision, revision, attempts, claims,
            is_cancel_requested, created_ms, started_ms, finished_ms, not_before_ms, worker, lease_ms, failure
        FROM job;
        DROP TABLE job;
        ALTER TABLE new_job RENAME TO job;
        CREATE INDEX job_of_conversion ON job (conversion_id, state, id);
        CREATE INDEX job_of_key ON job (key_id, id);
        CREATE INDEX job_active ON job (state, key_id, id) WHERE state IN ('queued', 'running');
        """

    private static let accounts = """
        CREATE TABLE usage_day (
            key_id TEXT NOT NULL,
            day TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
            conversions INTEGER NOT NULL DEFAULT 0,
            edits INTEGER NOT NULL DEFAULT 0,
            failed INTEGER NOT NULL DEFAULT 0,
            vision_tokens INTEGER NOT NULL DEFAULT 0,
            prompt_tokens INTEGER NOT NULL DEFAULT 0,
            cached_tokens INTEGER NOT NULL DEFAULT 0,
            completion_tokens INTEGER NOT NULL DEFAULT 0,
            upload_bytes INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (key_id, day)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE probe (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            written_ms INTEGER NOT NULL
        ) STRICT;
        """
}
