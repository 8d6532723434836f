using System.Runtime.InteropServices;

namespace Gloss.Search.Sqlite;

/// <summary>A prepared statement of SQLite.</summary>
internal sealed class StatementHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    // The result repeats the error of the last step, which was reported then.
    protected override bool ReleaseHandle()
    {
        _ = NativeSqlite.sqlite3_finalize(handle);
        return true;
    }
}
