using Gloss.Data;
using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Training.Tag2Text;

/// <summary>What the labels of a data set are called among the tags: "tabby" is a cat.</summary>
internal sealed class LabelNames
{
    private readonly Dictionary<string, string[]> names;
    private readonly TagVocabulary tags;
    private readonly TagMiner miner;

    private LabelNames(Dictionary<string, string[]> names, TagVocabulary tags, TagMiner miner) =>
        (this.names, this.tags, this.miner) = (names, tags, miner);

    /// <summary>
    /// Reads a table: a label, a tab, and the names of its tags with commas between them, or none. Empty lines and
    /// those that begin with # are left out.
    /// </summary>
    /// <param name="path">The table; null: an empty one.</param>
    /// <param name="tags">The vocabulary.</param>
    /// <param name="miner">Finds tags in labels that name none as they stand.</param>
    /// <exception cref="DatasetException">A line has no tab, or a label comes twice.</exception>
    public static LabelNames Load(string? path, TagVocabulary tags, TagMiner miner)
    {
        var names = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in path is null ? [] : File.ReadLines(path))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            if (tab <= 0)
                throw new DatasetException($"{path}:{number} · expected a label, a tab and its tags, got {line}");
            var given = line[(tab + 1)..]
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (!names.TryAdd(line[..tab], given))
                throw new DatasetException($"{path}:{number} · {line[..tab]} stands there twice");
        }
        return new LabelNames(names, tags, miner);
    }

    /// <summary>
    /// The tags of a label, each once: what the table says of it, or the tag of that name or synonym, or else what is
    /// mined from it as from a caption.
    /// </summary>
    public int[] TagIds(string label)
    {
        int[] Find(string name) => tags.TryFind(name, out var tag) ? [tag.Id] : miner.MineIds(name);
        return names.TryGetValue(label, out var given) ? [.. given.SelectMany(Find).Distinct()] : Find(label);
    }
}
