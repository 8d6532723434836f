using Gloss.Search.Sqlite;

namespace Gloss.Search;

/// <summary>The tables of a catalogue; docs/search.md tells what they hold.</summary>
internal static class CatalogueSchema
{
    /// <summary>Marks the file as ours: "Glos".</summary>
    private const long Application = 0x476C6F73;
    private const long Version = 1;

    private const string Tables = """
        CREATE TABLE model(id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, name TEXT NOT NULL, folder TEXT NOT NULL, tags TEXT NOT NULL,
            threshold REAL NOT NULL, deleted_tags TEXT NOT NULL, floor REAL NOT NULL, is_current INTEGER NOT NULL);
        CREATE TABLE root(path TEXT PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE folder(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
        CREATE TABLE picture(id INTEGER PRIMARY KEY AUTOINCREMENT, folder INTEGER NOT NULL REFERENCES folder(id), name TEXT NOT NULL,
            size INTEGER NOT NULL, time INTEGER NOT NULL, hash BLOB NOT NULL, look INTEGER, width INTEGER NOT NULL, height INTEGER NOT NULL,
            taken INTEGER NOT NULL, model INTEGER REFERENCES model(id), caption TEXT, error TEXT, deleted INTEGER, UNIQUE(folder, name));
        CREATE INDEX picture_by_hash ON picture(hash);
        CREATE INDEX picture_by_taken ON picture(taken);
        CREATE TABLE score(picture INTEGER PRIMARY KEY REFERENCES picture(id), model INTEGER NOT NULL REFERENCES model(id), data BLOB NOT NULL);
        CREATE TABLE embedding(sequence INTEGER PRIMARY KEY AUTOINCREMENT, picture INTEGER NOT NULL UNIQUE REFERENCES picture(id),
            model INTEGER NOT NULL REFERENCES model(id), data BLOB NOT NULL);
        CREATE TABLE tag(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE);
        CREATE TABLE decision(picture INTEGER NOT NULL REFERENCES picture(id), tag INTEGER NOT NULL REFERENCES tag(id),
            is_added INTEGER NOT NULL, PRIMARY KEY(picture, tag)) WITHOUT ROWID;
        CREATE TABLE written(path TEXT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(path, hash)) WITHOUT ROWID;
        CREATE TABLE vector_index(model INTEGER PRIMARY KEY REFERENCES model(id), file TEXT NOT NULL, is_exact INTEGER NOT NULL,
            up_to INTEGER NOT NULL, probes INTEGER NOT NULL);
        CREATE VIRTUAL TABLE words USING fts5(marks, tags, caption, tokenize = 'porter unicode61 remove_diacritics 2');
        """;

    /// <summary>Prepares a connection, and makes the tables where the file is new.</summary>
    /// <exception cref="CatalogueException">The file is something else, or of a newer format.</exception>
    public static void Prepare(SqliteDatabase database, bool mayCreate)
    {
        // Readers never wait for the writer; a killed process loses nothing that was committed, a power cut perhaps the
        // last moments.
        if (!database.IsReadOnly)
            database.Word("PRAGMA journal_mode = WAL");
        database.Run("PRAGMA synchronous = NORMAL");
        database.Run("PRAGMA foreign_keys = ON");
        database.Run("PRAGMA cache_size = -65536");
        database.Run("PRAGMA mmap_size = 268435456");
        if (IsReady(database))
            return;
        if (!mayCreate)
            throw Other(database, "an empty file");
        database.Write(() =>
        {
            // Another process may have been first.
            if (IsReady(database))
                return;
            database.Script(Tables);
            database.Run($"PRAGMA application_id = {Application}");
            database.Run($"PRAGMA user_version = {Version}");
        });
    }

    private static bool IsReady(SqliteDatabase database)
    {
        var (application, version) = (database.Number("PRAGMA application_id"), database.Number("PRAGMA user_version"));
        if (application == Application && version == Version)
            return true;
        if (application == Application)
        {
            throw new CatalogueException(
                $"the catalogue has another format · {database.Path} · expected {Version}, got {version} · " +
                "hint: made by a newer Gloss? gloss index into a new file with this one");
        }
        return database.Number("SELECT count(*) FROM sqlite_master") == 0
            ? false : throw Other(database, "a database of another program");
    }

    private static CatalogueException Other(SqliteDatabase database, string got) =>
        new(
            $"no catalogue · {database.Path} · expected a file that gloss index wrote, got {got} · hint: gloss index "
            + $"FOLDER --catalogue FILE makes one");
}
