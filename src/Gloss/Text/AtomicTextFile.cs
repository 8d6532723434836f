using System.Text;

namespace Gloss.Text;

/// <summary>Writes a text file so that a reader sees the old content or the new, never a part.</summary>
internal static class AtomicTextFile
{
    /// <summary>
    /// Writes UTF-8 without a byte order mark and with LF ends to a file beside <paramref name="path"/>, flushes it
    /// to the disk and renames it. When <paramref name="write"/> fails, the file at <paramref name="path"/> stays
    /// as it was. The folder is created when absent.
    /// </summary>
    public static void Write(string path, Action<TextWriter> write)
    {
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var temporary = $"{full}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                using (var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" })
                    write(writer);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
