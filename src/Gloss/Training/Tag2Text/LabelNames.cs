using Gloss.Data;

namespace Gloss.Training.Tag2Text;

/// <summary>What the labels of a data set are called among the tags, where that differs: "tabby" is a cat.</summary>
internal static class LabelNames
{
    /// <summary>
    /// Reads a table: a label, a tab, and the names of its tags with commas between them, or none. Empty lines and
    /// those that begin with # are left out.
    /// </summary>
    /// <exception cref="DatasetException">A line has no tab, or a label comes twice.</exception>
    public static Dictionary<string, string[]> Load(string path)
    {
        var names = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            if (tab <= 0)
                throw new DatasetException($"{path}:{number} · expected a label, a tab and its tags, got {line}");
            var tags = line[(tab + 1)..]
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (!names.TryAdd(line[..tab], tags))
                throw new DatasetException($"{path}:{number} · {line[..tab]} stands there twice");
        }
        return names;
    }
}
