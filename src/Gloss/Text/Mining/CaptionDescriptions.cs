using System.Security.Cryptography;
using System.Text;

namespace Gloss.Text.Mining;

/// <summary>
/// Descriptions of tags out of captions that name them, for RAM++ where no language model writes them: people describe
/// a thing by what they say around it.
/// </summary>
public sealed class CaptionDescriptions
{
    private readonly TagMiner miner;
    private readonly TagVocabulary vocabulary;
    private readonly int texts;
    private readonly SortedSet<(ulong Order, string Text)>[] kept;

    /// <summary>Draws for a vocabulary.</summary>
    /// <param name="vocabulary">The tags.</param>
    /// <param name="textsPerTag">Texts of each tag, 1 or more; the first is "a photo of a {tag}."</param>
    public CaptionDescriptions(TagVocabulary vocabulary, int textsPerTag)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentOutOfRangeException.ThrowIfLessThan(textsPerTag, 1);
        this.vocabulary = vocabulary;
        texts = textsPerTag;
        miner = new TagMiner(vocabulary);
        kept = [.. vocabulary.Select(_ => new SortedSet<(ulong, string)>())];
    }

    /// <summary>Captions seen.</summary>
    public long Captions { get; private set; }

    /// <summary>
    /// Takes a caption into account. Which captions are kept does not depend on the order in which they come.
    /// </summary>
    public void Add(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        Captions++;
        var text = CaptionCleaner.Blip(caption);
        foreach (var id in text.Length == 0 ? [] : miner.MineIds(caption))
        {
            kept[id].Add((Order(text), text));
            if (kept[id].Count >= texts)
                kept[id].Remove(kept[id].Max);
        }
    }

    /// <summary>The descriptions; a tag that fewer captions name repeats its texts.</summary>
    public TagDescriptions Build() => new(vocabulary.Select(tag =>
    {
        var article = "aeiou".Contains(char.ToLowerInvariant(tag.Name[0]), StringComparison.Ordinal) ? "an" : "a";
        string[] found = [$"a photo of {article} {tag.Name}.", .. kept[tag.Id].Select(k => k.Text)];
        return (tag.Name, (IReadOnlyList<string>)[.. Enumerable.Range(0, texts).Select(i => found[i % found.Length])]);
    }));

    // A random but fixed place for each text.
    private static ulong Order(string text) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
