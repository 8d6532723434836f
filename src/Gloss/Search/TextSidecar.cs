using System.Security.Cryptography;
using System.Text;
using Gloss.Search.Sqlite;
using Gloss.Torch;

namespace Gloss.Search;

/// <summary>
/// Text files beside pictures (<c>photo.txt</c>). A text has no place to say who wrote it: the catalogue remembers what
/// was written, and a file with any other content is somebody else's and is left alone.
/// </summary>
public sealed class TextSidecar
{
    private readonly SqliteDatabase database;

    /// <summary>Writes sidecars for pictures of a catalogue, which it borrows.</summary>
    public TextSidecar(Catalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        database = catalogue.Database;
    }

    /// <summary>The path of the sidecar of a picture.</summary>
    public static string PathOf(string picture) => Path.ChangeExtension(picture, ".txt");

    /// <summary>Whether nothing lies there, or what was written here and nobody changed.</summary>
    public bool IsOwn(string path) => !File.Exists(path) || IsOurs(path, SHA256.HashData(File.ReadAllBytes(path)));

    /// <summary>Writes a sidecar.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="text">Its content.</param>
    /// <param name="replacesForeign">Whether a file that somebody else wrote or changed may be replaced.</param>
    /// <returns>Whether it is there now; false where it is somebody else's.</returns>
    public bool Write(string path, string text, bool replacesForeign = false)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (File.Exists(path))
        {
            var present = File.ReadAllBytes(path);
            if (present.AsSpan().SequenceEqual(bytes))
                return true;
            if (!replacesForeign && !IsOurs(path, SHA256.HashData(present)))
                return false;
        }
        // Noted before and cleaned up after: a process that is killed between leaves a file that is known, the old or
        // the new.
        database.Run("INSERT OR IGNORE INTO written(path, hash) VALUES(?, ?)", path, SHA256.HashData(bytes));
        AtomicFile.WriteText(path, text);
        database.Run("DELETE FROM written WHERE path = ? AND hash <> ?", path, SHA256.HashData(bytes));
        return true;
    }

    private bool IsOurs(string path, byte[] hash) =>
        database.Number("SELECT 1 FROM written WHERE path = ? AND hash = ?", path, hash) is not null;
}
