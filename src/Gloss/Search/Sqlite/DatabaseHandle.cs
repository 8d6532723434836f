using System.Runtime.InteropServices;

namespace Gloss.Search.Sqlite;

/// <summary>A connection of SQLite; it goes once its last statement has gone.</summary>
internal sealed class DatabaseHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => NativeSqlite.sqlite3_close_v2(handle) == NativeSqlite.Ok;
}
