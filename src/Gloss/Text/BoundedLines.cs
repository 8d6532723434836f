using System.Text;

namespace Gloss.Text;

/// <summary>Reads lines that may not be longer than a bound, so that a hostile file cannot fill the memory.</summary>
internal sealed class BoundedLines(TextReader reader, int maximumLength)
{
    private readonly StringBuilder line = new();

    /// <summary>The next line without its end (LF or CR LF), or null at the end of the text.</summary>
    /// <exception cref="InvalidDataException">The line is too long.</exception>
    public string? ReadLine()
    {
        line.Clear();
        while (true)
        {
            var c = reader.Read();
            if (c < 0 && line.Length == 0)
                return null;
            if (c is < 0 or '\n')
            {
                var end = line.Length > 0 && line[^1] == '\r' ? line.Length - 1 : line.Length;
                return line.ToString(0, end);
            }
            if (line.Length == maximumLength)
                throw new InvalidDataException($"expected lines of at most {maximumLength} chars, got a longer one");
            line.Append((char)c);
        }
    }
}
