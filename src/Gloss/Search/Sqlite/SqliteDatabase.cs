using System.Runtime.InteropServices;
using System.Text;

namespace Gloss.Search.Sqlite;

/// <summary>One connection to an SQLite file. Statements are prepared once and kept. One thread at a time.</summary>
internal sealed unsafe class SqliteDatabase : IDisposable
{
    // How long a writer waits for another process that writes.
    private const int BusyMilliseconds = 60_000;

    private readonly DatabaseHandle handle;
    private readonly Dictionary<string, SqliteStatement> kept = new(StringComparer.Ordinal);
    private bool isDisposed;

    /// <summary>
    /// Opens a file; one that may not be written, or beside which nothing may be, is opened for reading alone.
    /// </summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="mayCreate">Makes it where it is absent; it then has to be one that may be written.</param>
    /// <exception cref="CatalogueException">It cannot be opened.</exception>
    public SqliteDatabase(string path, bool mayCreate)
    {
        Path = path;
        Open(path, NativeSqlite.OpenReadWrite | (mayCreate ? NativeSqlite.OpenCreate : 0), out handle);
        // WAL has files beside the database. Where they cannot be made, nobody else writes either: it is read as it
        // lies there.
        if (!mayCreate && !CanRead() && !File.Exists(path + "-wal"))
        {
            handle.Dispose();
            var escaped = Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal);
            Open($"file:{escaped}?immutable=1", NativeSqlite.OpenReadOnly | NativeSqlite.OpenUri, out handle);
        }
        IsReadOnly = NativeSqlite.sqlite3_db_readonly(handle, "main") == 1;
    }

    /// <summary>SQLite's version.</summary>
    public static string Version => Marshal.PtrToStringUTF8((nint)NativeSqlite.sqlite3_libversion())!;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether it may only be read.</summary>
    public bool IsReadOnly { get; }

    /// <summary>The row that the last insertion made.</summary>
    public long LastId => NativeSqlite.sqlite3_last_insert_rowid(handle);

    /// <summary>Rows that the last statement changed.</summary>
    public int Changes => NativeSqlite.sqlite3_changes(handle);

    /// <summary>A statement with its values, to be stepped through and disposed.</summary>
    public SqliteStatement Use(string sql, params ReadOnlySpan<object?> values)
    {
        if (!kept.Remove(sql, out var statement))
            statement = Prepare(sql);
        try
        {
            statement.Bind(values);
            return statement;
        }
        catch
        {
            statement.Dispose();
            throw;
        }
    }

    /// <summary>Runs a statement to its end; returns the number of rows that it changed.</summary>
    public int Run(string sql, params ReadOnlySpan<object?> values)
    {
        using var statement = Use(sql, values);
        while (statement.Step())
        {
        }
        return Changes;
    }

    /// <summary>Runs statements without values, with semicolons between them.</summary>
    public void Script(string sql)
    {
        foreach (var part in sql.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            using var handleOfPart = Compile(part);
            var statement = new SqliteStatement(this, handleOfPart, part);
            while (statement.Step())
            {
            }
        }
    }

    /// <summary>All rows.</summary>
    public List<T> All<T>(string sql, Func<SqliteStatement, T> read, params ReadOnlySpan<object?> values)
    {
        using var statement = Use(sql, values);
        var rows = new List<T>();
        while (statement.Step())
            rows.Add(read(statement));
        return rows;
    }

    /// <summary>The first column of the first row; null where there is none or it is NULL.</summary>
    public long? Number(string sql, params ReadOnlySpan<object?> values)
    {
        using var statement = Use(sql, values);
        return statement.Step() ? statement.OptionalInt64(0) : null;
    }

    /// <summary>The first column of the first row as text; null where there is none or it is NULL.</summary>
    public string? Word(string sql, params ReadOnlySpan<object?> values)
    {
        using var statement = Use(sql, values);
        return statement.Step() ? statement.OptionalText(0) : null;
    }

    /// <summary>
    /// Does several changes as one: all of them are there after a crash, or none. Waits for other writers first.
    /// </summary>
    public void Write(Action changes)
    {
        if (NativeSqlite.sqlite3_get_autocommit(handle) == 0)
        {
            changes();
            return;
        }
        Run("BEGIN IMMEDIATE");
        try
        {
            changes();
            Run("COMMIT");
        }
        catch
        {
            // A full disk has rolled back already.
            if (NativeSqlite.sqlite3_get_autocommit(handle) == 0)
                Run("ROLLBACK");
            throw;
        }
    }

    /// <summary>Throws what a status other than 0 says.</summary>
    public void Check(int status, string doing)
    {
        if (status != NativeSqlite.Ok)
            throw Failure(status, doing);
    }

    /// <summary>The error that a status stands for.</summary>
    public CatalogueException Failure(int status, string doing)
    {
        var message = Marshal.PtrToStringUTF8(
            (nint)(handle.IsInvalid ? NativeSqlite.sqlite3_errstr(status) : NativeSqlite.sqlite3_errmsg(handle)));
        var hint = (status & 0xff) switch
        {
            NativeSqlite.Busy => " · hint: another process is writing into it for long",
            NativeSqlite.ReadOnly =>
                " · hint: you may read this file, but not write into it or into its folder; --catalogue names another",
            NativeSqlite.CannotOpen => " · hint: does the folder exist, and may you write there?",
            NativeSqlite.NotADatabase => " · hint: another file of that name? a catalogue is an SQLite file",
            NativeSqlite.Corrupt => " · hint: the file is damaged; gloss index into a new one computes all again",
            NativeSqlite.Full => " · hint: the disk is full",
            _ => doing.Contains('\n', StringComparison.Ordinal)
                ? "" : $" · while: {(doing.Length > 120 ? doing[..120] + "…" : doing)}",
        };
        return new CatalogueException($"the catalogue cannot be used · {Path} · SQLite: {message}{hint}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        isDisposed = true;
        foreach (var statement in kept.Values)
            statement.Close();
        kept.Clear();
        handle.Dispose();
    }

    /// <summary>Takes a statement back; false where one like it is there already.</summary>
    internal bool Return(SqliteStatement statement) => !isDisposed && kept.TryAdd(statement.Sql, statement);

    private void Open(string name, int flags, out DatabaseHandle opened)
    {
        var status = NativeSqlite.sqlite3_open_v2(name, out opened, flags, 0);
        if (status == NativeSqlite.Ok)
            status = NativeSqlite.sqlite3_busy_timeout(opened, BusyMilliseconds);
        if (status == NativeSqlite.Ok)
            return;
        var failure = Failure(status, "open");
        opened.Dispose();
        throw failure;
    }

    // False where the files that WAL needs are missing and may not be made; any other fault is told where it matters.
    private bool CanRead()
    {
        try
        {
            Number("SELECT count(*) FROM sqlite_master");
            return true;
        }
        catch (CatalogueException)
        {
            return (NativeSqlite.sqlite3_extended_errcode(handle) & 0xff) is not (
                NativeSqlite.CannotOpen or NativeSqlite.ReadOnly);
        }
    }

    private SqliteStatement Prepare(string sql) => new(this, Compile(sql), sql);

    private StatementHandle Compile(string sql)
    {
        var bytes = Encoding.UTF8.GetBytes(sql);
        fixed (byte* start = bytes)
        {
            var status = NativeSqlite.sqlite3_prepare_v2(handle, start, bytes.Length, out var statement, out _);
            if (status == NativeSqlite.Ok)
                return statement;
            statement.Dispose();
            throw Failure(status, sql);
        }
    }
}
