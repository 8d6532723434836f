using System.Runtime.InteropServices;
using Gloss.Torch;

namespace Gloss.Search.Sqlite;

/// <summary>
/// The functions of SQLite's C interface that are used here (sqlite.org/c3ref), under their own names.
/// </summary>
internal static unsafe partial class NativeSqlite
{
    public const int Ok = 0;
    public const int Busy = 5;
    public const int ReadOnly = 8;
    public const int Corrupt = 11;
    public const int Full = 13;
    public const int CannotOpen = 14;
    public const int NotADatabase = 26;
    public const int Row = 100;
    public const int Done = 101;

    public const int OpenReadOnly = 1;
    public const int OpenReadWrite = 2;
    public const int OpenCreate = 4;
    public const int OpenUri = 0x40;

    public const int TypeNull = 5;

    private const string Library = "sqlite3";

    static NativeSqlite() => NativeLibraries.Register(typeof(NativeSqlite).Assembly);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sqlite3_open_v2(string path, out DatabaseHandle database, int flags, nint vfs);
    [LibraryImport(Library)] public static partial int sqlite3_close_v2(nint database);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sqlite3_db_readonly(DatabaseHandle database, string name);
    [LibraryImport(Library)] public static partial int sqlite3_busy_timeout(DatabaseHandle database, int milliseconds);
    [LibraryImport(Library)] public static partial int sqlite3_extended_errcode(DatabaseHandle database);
    [LibraryImport(Library)] public static partial byte* sqlite3_errmsg(DatabaseHandle database);
    [LibraryImport(Library)] public static partial byte* sqlite3_errstr(int code);
    [LibraryImport(Library)] public static partial byte* sqlite3_libversion();
    [LibraryImport(Library)] public static partial long sqlite3_last_insert_rowid(DatabaseHandle database);
    [LibraryImport(Library)] public static partial int sqlite3_changes(DatabaseHandle database);
    [LibraryImport(Library)] public static partial int sqlite3_get_autocommit(DatabaseHandle database);

    [LibraryImport(Library)]
    public static partial int sqlite3_prepare_v2(DatabaseHandle database, byte* sql, int length,
        out StatementHandle statement, out byte* rest);
    [LibraryImport(Library)] public static partial int sqlite3_finalize(nint statement);
    [LibraryImport(Library)] public static partial int sqlite3_step(StatementHandle statement);
    [LibraryImport(Library)] public static partial int sqlite3_reset(StatementHandle statement);
    [LibraryImport(Library)] public static partial int sqlite3_clear_bindings(StatementHandle statement);
    [LibraryImport(Library)] public static partial int sqlite3_bind_parameter_count(StatementHandle statement);
    [LibraryImport(Library)] public static partial int sqlite3_bind_null(StatementHandle statement, int index);
    [LibraryImport(Library)] public static partial int sqlite3_bind_int64(StatementHandle statement, int index,
        long value);
    [LibraryImport(Library)] public static partial int sqlite3_bind_double(StatementHandle statement, int index,
        double value);
    [LibraryImport(Library)]
    public static partial int sqlite3_bind_text(StatementHandle statement, int index, byte* text, int length,
        nint destructor);
    [LibraryImport(Library)]
    public static partial int sqlite3_bind_blob(StatementHandle statement, int index, byte* data, int length,
        nint destructor);
    [LibraryImport(Library)] public static partial int sqlite3_column_type(StatementHandle statement, int column);
    [LibraryImport(Library)] public static partial long sqlite3_column_int64(StatementHandle statement, int column);
    [LibraryImport(Library)] public static partial double sqlite3_column_double(StatementHandle statement, int column);
    [LibraryImport(Library)] public static partial byte* sqlite3_column_text(StatementHandle statement, int column);
    [LibraryImport(Library)] public static partial byte* sqlite3_column_blob(StatementHandle statement, int column);
    [LibraryImport(Library)] public static partial int sqlite3_column_bytes(StatementHandle statement, int column);
}
