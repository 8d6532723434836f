using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gloss.Torch;

namespace Gloss.Text;

/// <summary>
/// The tags a model knows, in the order of its classes; read from and written to <c>tags.jsonl</c>, one JSON object
/// a line: <c>id, name, type, synonyms, chinese_name, threshold</c>.
/// </summary>
/// <remarks>
/// Ids count from 0 without gaps, in the order of the lines. Two tags may have the same name (the official lists hold
/// such): both can be reached by id, a lookup by name gives the first. Immutable and safe to share between threads.
/// </remarks>
public sealed class TagVocabulary : IReadOnlyList<Tag>
{
    /// <summary>The largest number of tags a file may hold.</summary>
    public const int MaximumCount = 1_000_000;

    private readonly Tag[] tags;
    private readonly Dictionary<string, Tag> byWord;

    /// <summary>Makes a vocabulary of <paramref name="tags"/>, whose ids must be 0, 1, 2, … in this order.</summary>
    /// <exception cref="ArgumentException">An id out of order, an empty name or synonym, a threshold outside 0–1.
    /// </exception>
    public TagVocabulary(IEnumerable<Tag> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        this.tags = [.. tags];
        for (var i = 0; i < this.tags.Length; i++)
        {
            if (FaultOf(this.tags[i], i) is { } fault)
                throw new ArgumentException($"tag {i}: {fault}", nameof(tags));
        }
        byWord = new Dictionary<string, Tag>(this.tags.Length * 2, StringComparer.OrdinalIgnoreCase);
        foreach (var tag in this.tags)
            byWord.TryAdd(tag.Name, tag);
        foreach (var tag in this.tags)
        {
            foreach (var synonym in tag.Synonyms)
                byWord.TryAdd(synonym, tag);
        }
    }

    /// <summary>The number of tags.</summary>
    public int Count => tags.Length;

    /// <summary>The tag of class <paramref name="index"/>.</summary>
    public Tag this[int index] => tags[index];

    /// <summary>Reads <c>tags.jsonl</c>. Unknown and missing fields, ids out of order and blank lines are faults.
    /// </summary>
    /// <exception cref="VocabularyException">A fault in the file, with its line.</exception>
    public static TagVocabulary Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var reader = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        return Read(reader, path);
    }

    /// <summary>Reads the form of <c>tags.jsonl</c> from <paramref name="reader"/>.</summary>
    /// <param name="reader">The lines; read to the end, not disposed.</param>
    /// <param name="source">What error messages call the source.</param>
    /// <exception cref="VocabularyException">A fault in the text, with its line.</exception>
    public static TagVocabulary Read(TextReader reader, string source = "tags.jsonl")
    {
        ArgumentNullException.ThrowIfNull(reader);
        var read = new List<Tag>();
        try
        {
            while (reader.ReadLine() is { } line)
            {
                if (read.Count == MaximumCount)
                    throw Fault(source, read.Count, $"more than {MaximumCount} tags");
                read.Add(ParseLine(line, source, read.Count));
            }
        }
        catch (DecoderFallbackException e)
        {
            throw new VocabularyException($"cannot read tags: {source}: not UTF-8 after line {read.Count} · " +
                "hint: save the file as UTF-8", e);
        }
        return new TagVocabulary(read);
    }

    /// <summary>Writes <c>tags.jsonl</c> atomically: a reader sees the old file or the new one, never a part.</summary>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.WriteText(path, Write);
    }

    /// <summary>Writes the form of <c>tags.jsonl</c>, each line ended by LF.</summary>
    public void Write(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (var tag in tags)
        {
            writer.Write(JsonSerializer.Serialize(tag, TagJson.Strict.Tag));
            writer.Write('\n');
        }
    }

    /// <summary>
    /// Finds the first tag whose name is <paramref name="nameOrSynonym"/>, else the first that has it as a synonym.
    /// Letter case and white space at the ends do not matter.
    /// </summary>
    public bool TryFind(string nameOrSynonym, [NotNullWhen(true)] out Tag? tag)
    {
        ArgumentNullException.ThrowIfNull(nameOrSynonym);
        return byWord.TryGetValue(nameOrSynonym.Trim(), out tag);
    }

    /// <inheritdoc/>
    public IEnumerator<Tag> GetEnumerator() => ((IEnumerable<Tag>)tags).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static Tag ParseLine(string line, string source, int index)
    {
        Tag? tag;
        try
        {
            tag = JsonSerializer.Deserialize(line, TagJson.Strict.Tag);
        }
        catch (JsonException e)
        {
            throw Fault(source, index, $"not a tag ({e.Message})", e);
        }
        if (tag is null)
            throw Fault(source, index, "expected a JSON object, got null");
        if (FaultOf(tag, index) is { } fault)
            throw Fault(source, index, fault);
        return tag;
    }

    private static string? FaultOf(Tag tag, int index)
    {
        if (tag is null)
            return "expected a tag, got null";
        if (tag.Id != index)
            return $"expected id {index}, got {tag.Id}: ids count from 0 without gaps";
        if (IsBadWord(tag.Name))
            return "the name is empty, has white space at its ends or holds control characters";
        if (!Enum.IsDefined(tag.Type))
            return $"unknown type {tag.Type}";
        if (tag.Synonyms is null)
            return "expected synonyms as a list, got null";
        foreach (var synonym in tag.Synonyms)
        {
            if (IsBadWord(synonym))
                return "a synonym is empty, has white space at its ends or holds control characters";
        }
        if (tag.Threshold is { } threshold && !(threshold >= 0 && threshold <= 1))
            return $"expected a threshold from 0 to 1, got {threshold}";
        return null;
    }

    private static bool IsBadWord(string? word) =>
        word is null || word.Length == 0 || word.Length != word.AsSpan().Trim().Length || word.Any(char.IsControl);

    private static VocabularyException Fault(string source, int index, string fault, Exception? cause = null) =>
        new($"cannot read tags: {source}: line {index + 1}: {fault} · hint: a line reads " +
            """{"id":0,"name":"dog","type":"object","synonyms":["puppy"],"chinese_name":null,"threshold":null}""" +
            ", type is object, scene, attribute or action", cause);
}

/// <summary>The JSON form of a tag: snake case, every field present but the last two, no unknown fields.</summary>
[JsonSerializable(typeof(Tag))]
internal sealed partial class TagJson : JsonSerializerContext
{
    /// <summary>The one context: strict, and Chinese and accented letters are written as themselves.</summary>
    public static TagJson Strict { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
