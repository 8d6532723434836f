using System.Runtime.InteropServices;
using System.Text;

namespace Gloss.Search.Sqlite;

/// <summary>
/// A statement with its values; disposing it gives it back to its connection for the next use. One thread at a time.
/// </summary>
internal sealed unsafe class SqliteStatement(SqliteDatabase database, StatementHandle handle, string sql) : IDisposable
{
    // SQLite copies what is bound.
    private const nint Transient = -1;

    /// <summary>What it says.</summary>
    public string Sql { get; } = sql;

    /// <summary>Sets all values, in the order of the question marks: null, numbers, bool, string, bytes.</summary>
    /// <exception cref="ArgumentException">There are not as many as question marks, or one is of another
    /// type.</exception>
    public void Bind(ReadOnlySpan<object?> values)
    {
        if (values.Length != NativeSqlite.sqlite3_bind_parameter_count(handle))
            throw new ArgumentException($"{values.Length} values for: {Sql}", nameof(values));
        for (var i = 0; i < values.Length; i++)
        {
            database.Check(values[i] switch
            {
                null => NativeSqlite.sqlite3_bind_null(handle, i + 1),
                long number => NativeSqlite.sqlite3_bind_int64(handle, i + 1, number),
                int number => NativeSqlite.sqlite3_bind_int64(handle, i + 1, number),
                bool flag => NativeSqlite.sqlite3_bind_int64(handle, i + 1, flag ? 1 : 0),
                double number => NativeSqlite.sqlite3_bind_double(handle, i + 1, number),
                float number => NativeSqlite.sqlite3_bind_double(handle, i + 1, number),
                string text => BindText(i + 1, text),
                byte[] bytes => BindBytes(i + 1, bytes),
                _ => throw new ArgumentException($"a value of {values[i]!.GetType().Name} for: {Sql}", nameof(values)),
            }, Sql);
        }
    }

    /// <summary>Goes to the next row; false at the end.</summary>
    /// <exception cref="CatalogueException">SQLite reports an error.</exception>
    public bool Step()
    {
        var status = NativeSqlite.sqlite3_step(handle);
        if (status == NativeSqlite.Row)
            return true;
        if (status == NativeSqlite.Done)
            return false;
        throw database.Failure(status, Sql);
    }

    /// <summary>Whether a column of the row is NULL.</summary>
    public bool IsNull(int column) => NativeSqlite.sqlite3_column_type(handle, column) == NativeSqlite.TypeNull;

    /// <summary>A column as a whole number; 0 for NULL.</summary>
    public long Int64(int column) => NativeSqlite.sqlite3_column_int64(handle, column);

    /// <summary>A column as a whole number.</summary>
    public int Int32(int column) => checked((int)Int64(column));

    /// <summary>A column as a whole number, or null for NULL.</summary>
    public long? OptionalInt64(int column) => IsNull(column) ? null : Int64(column);

    /// <summary>A column as a number; 0 for NULL.</summary>
    public double Double(int column) => NativeSqlite.sqlite3_column_double(handle, column);

    /// <summary>A column as text; empty for NULL.</summary>
    public string Text(int column) => OptionalText(column) ?? "";

    /// <summary>A column as text, or null for NULL.</summary>
    public string? OptionalText(int column)
    {
        var text = NativeSqlite.sqlite3_column_text(handle, column);
        return text is null ? null : Encoding.UTF8.GetString(text, NativeSqlite.sqlite3_column_bytes(handle, column));
    }

    /// <summary>A column as bytes, which are there until the next step; empty for NULL.</summary>
    public ReadOnlySpan<byte> Bytes(int column)
    {
        var data = NativeSqlite.sqlite3_column_blob(handle, column);
        return new ReadOnlySpan<byte>(data, NativeSqlite.sqlite3_column_bytes(handle, column));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = NativeSqlite.sqlite3_reset(handle);
        _ = NativeSqlite.sqlite3_clear_bindings(handle);
        if (!database.Return(this))
            handle.Dispose();
    }

    /// <summary>Ends its life.</summary>
    internal void Close() => handle.Dispose();

    private int BindText(int index, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        // A null pointer would be NULL, not the empty text.
        fixed (byte* start = &MemoryMarshal.GetReference<byte>(bytes.Length > 0 ? bytes : [0]))
            return NativeSqlite.sqlite3_bind_text(handle, index, start, bytes.Length, Transient);
    }

    private int BindBytes(int index, byte[] bytes)
    {
        fixed (byte* start = &MemoryMarshal.GetReference<byte>(bytes.Length > 0 ? bytes : [0]))
            return NativeSqlite.sqlite3_bind_blob(handle, index, start, bytes.Length, Transient);
    }
}
