using System.Text.Encodings.Web;
using System.Text.Json;
using Gloss.Torch;

namespace Gloss.Text;

/// <summary>
/// Texts that describe tags, in the form of the published RAM++: a JSON list with one object a tag, <c>{"dog": ["a
/// photo of a dog.", …]}</c>. Every tag has as many texts.
/// </summary>
public sealed class TagDescriptions
{
    /// <summary>The largest number of texts a tag may have.</summary>
    public const int MostTexts = 4096;

    private static readonly JsonSerializerOptions written = new()
    {
        WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly List<(string Tag, string[] Texts)> entries;

    /// <summary>Descriptions of tags, in order.</summary>
    /// <exception cref="ArgumentException">There are none, or tags have different numbers of texts.</exception>
    public TagDescriptions(IEnumerable<(string Tag, IReadOnlyList<string> Texts)> entries)
    {
        this.entries = [.. entries.Select(e => (e.Tag, e.Texts.ToArray()))];
        if (FaultOf(this.entries) is { } fault)
            throw new ArgumentException(fault, nameof(entries));
    }

    /// <summary>The tags, in the order of the file.</summary>
    public IReadOnlyList<string> Tags => [.. entries.Select(e => e.Tag)];

    /// <summary>Texts of each tag.</summary>
    public int TextsPerTag => entries[0].Texts.Length;

    /// <summary>The texts of the tag at a place.</summary>
    public IReadOnlyList<string> this[int index] => entries[index].Texts;

    /// <summary>Reads a file.</summary>
    /// <exception cref="VocabularyException">A fault in the file, with the tag.</exception>
    public static TagDescriptions Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads JSON in UTF-8.</summary>
    /// <param name="json">The text; read to the end, not disposed.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="VocabularyException">A fault in the text.</exception>
    public static TagDescriptions Read(Stream json, string source = "descriptions")
    {
        var entries = new List<(string, string[])>();
        try
        {
            using var document = JsonDocument.Parse(json);
            foreach (var item in document.RootElement.EnumerateArray())
            {
                foreach (var property in item.EnumerateObject())
                    entries.Add(
                        (property.Name, [.. property.Value.EnumerateArray().Select(text => text.GetString() ?? "")]));
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new VocabularyException(
                $"cannot read descriptions: {source}: after {entries.Count} tags: {error.Message} · " +
                """hint: a list of objects such as {"dog": ["a photo of a dog.", "…"]}""", error);
        }
        return FaultOf(entries) is { } fault
            ? throw new VocabularyException($"cannot read descriptions: {source}: {fault}")
            : new TagDescriptions(entries.Select(e => (e.Item1, (IReadOnlyList<string>)e.Item2)));
    }

    /// <summary>Writes a file atomically.</summary>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.WriteText(path, writer =>
        {
            writer.Write(
                JsonSerializer.Serialize(entries.Select(e => new Dictionary<string, string[]> { [e.Tag] = e.Texts }),
                written));
            writer.Write('\n');
        });
    }

    /// <summary>
    /// The texts of each tag of a vocabulary, in its order: by the tag's name, letter case aside. Where the file has as
    /// many entries as the vocabulary and all names in its order, each entry is the tag's at its place, so that a name
    /// that the vocabulary has twice may be described twice.
    /// </summary>
    /// <exception cref="VocabularyException">Tags have no description; the message names the first of them.</exception>
    public IReadOnlyList<IReadOnlyList<string>> Of(TagVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (entries.Count == vocabulary.Count && vocabulary.All(tag => IsSame(tag.Name, entries[tag.Id].Tag)))
            return [.. entries.Select(e => e.Texts)];
        var byName = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase);
        foreach (var (tag, texts) in entries)
            byName.TryAdd(tag, texts);
        var missing = vocabulary.Where(tag => !byName.ContainsKey(tag.Name)).Select(tag => tag.Name).ToArray();
        return missing.Length == 0
            ? [.. vocabulary.Select(tag => byName[tag.Name])]
            : throw new VocabularyException($"{missing.Length} of {vocabulary.Count} tags have no description: " +
                $"{string.Join(", ", missing.Take(8))}{(missing.Length > 8 ? ", …" : "")}");
    }

    private static bool IsSame(string one, string other) =>
        string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private static string? FaultOf(List<(string Tag, string[] Texts)> entries)
    {
        if (entries.Count == 0)
            return "no tags";
        var count = entries[0].Texts.Length;
        if (count is < 1 or > MostTexts)
            return $"tag '{entries[0].Tag}': {count} texts · expected 1 to {MostTexts}";
        foreach (var (tag, texts) in entries)
        {
            if (texts.Length != count)
                return $"tag '{tag}': {texts.Length} texts, the first tag has {count} · expected as many for every tag";
            if (string.IsNullOrWhiteSpace(tag))
                return "a tag without a name";
        }
        return null;
    }
}
