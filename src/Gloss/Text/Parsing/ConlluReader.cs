using System.IO.Compression;

namespace Gloss.Text.Parsing;

/// <summary>
/// Reads treebanks in the CoNLL-U format (universaldependencies.org/format.html), plain or gzip-compressed.
/// </summary>
public static class ConlluReader
{
    /// <summary>Streams the sentences of a file; multi-word ranges (1-2) and empty nodes (1.1) are left out.</summary>
    /// <param name="path">A .conllu file, or one compressed as .gz.</param>
    /// <exception cref="InvalidDataException">A line has not ten columns, or a number is none.</exception>
    public static IEnumerable<IReadOnlyList<ConlluToken>> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using Stream file = File.OpenRead(path);
        using var stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        using var reader = new StreamReader(stream);
        foreach (var sentence in Read(reader, path))
            yield return sentence;
    }

    /// <summary>Streams the sentences of a text; <paramref name="name"/> is said in errors.</summary>
    /// <exception cref="InvalidDataException">A line has not ten columns, or a number is none.</exception>
    public static IEnumerable<IReadOnlyList<ConlluToken>> Read(TextReader reader, string name)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var sentence = new List<ConlluToken>();
        var lineNumber = 0;
        while (reader.ReadLine() is { } line)
        {
            lineNumber++;
            if (line.Length == 0)
            {
                if (sentence.Count > 0)
                    yield return sentence;
                sentence = [];
            }
            else if (line[0] != '#')
            {
                var columns = line.Split('\t');
                if (columns.Length != 10)
                {
                    throw new InvalidDataException(
                        $"treebank {name}, line {lineNumber}: expected 10 columns, got {columns.Length}");
                }
                if (columns[0].AsSpan().ContainsAny('-', '.'))
                    continue;
                if (!int.TryParse(columns[6], out var head))
                {
                    throw new InvalidDataException(
                        $"treebank {name}, line {lineNumber}: expected a number as head, got \"{columns[6]}\"");
                }
                var tag = PosTag.Parse($"{columns[3]}/{columns[4]}");
                var spaceAfter = !columns[9].Contains("SpaceAfter=No", StringComparison.Ordinal);
                sentence.Add(new ConlluToken(columns[1], columns[2], tag, head, columns[7], spaceAfter));
            }
        }
        if (sentence.Count > 0)
            yield return sentence;
    }
}
