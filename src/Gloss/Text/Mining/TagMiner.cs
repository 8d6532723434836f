using System.Diagnostics.CodeAnalysis;
using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>
/// Finds in a caption the tags that it names, from its scene graph: entities are objects or scenes, their modifiers
/// attributes, what they do actions. Immutable, so that one miner serves all threads.
/// </summary>
public sealed class TagMiner
{
    private readonly DependencyParser parser;
    private readonly Lemmatizer lemmatizer;
    private readonly Dictionary<(TagKind Kind, string Name), Tag>? known;

    /// <summary>Makes a miner.</summary>
    /// <param name="vocabulary">Where given, only its tags are found, synonyms under the tag's own name, and a compound
    /// that it has not counts as its head; where null, every name is found.</param>
    /// <param name="parser">The parser; the one that ships where null.</param>
    /// <param name="lemmatizer">The lemmatizer; the one that ships where null.</param>
    public TagMiner(TagVocabulary? vocabulary = null, DependencyParser? parser = null, Lemmatizer? lemmatizer = null)
    {
        this.parser = parser ?? DependencyParser.Default;
        this.lemmatizer = lemmatizer ?? Lemmatizer.Default;
        if (vocabulary is null)
            return;
        known = [];
        // What captions name is in lower case; a list that was imported need not be.
        foreach (var tag in vocabulary)
            known.TryAdd((WordLists.KindOf(tag.Type), tag.Name.ToLowerInvariant()), tag);
        foreach (var tag in vocabulary)
        {
            foreach (var synonym in tag.Synonyms)
                known.TryAdd((WordLists.KindOf(tag.Type), synonym.ToLowerInvariant()), tag);
        }
    }

    /// <summary>The trees of a caption's sentences.</summary>
    public IReadOnlyList<ParsedSentence> Parse(string caption) => [.. parser.Parse(caption, lemmatizer)];

    /// <summary>The scene graph of a caption.</summary>
    public SceneGraph ReadScene(string caption) => SceneGraphBuilder.Build(caption, parser.Parse(caption, lemmatizer));

    /// <summary>
    /// The scene graph of each caption, as <see cref="ReadScene"/> gives it; faster for some dozens at a time.
    /// </summary>
    public SceneGraph[] ReadScenes(IReadOnlyList<string> captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        var sentences = parser.ParseAll(captions, lemmatizer);
        var graphs = new SceneGraph[captions.Count];
        for (var i = 0; i < graphs.Length; i++)
            graphs[i] = SceneGraphBuilder.Build(captions[i], sentences[i]);
        return graphs;
    }

    /// <summary>The tags of a caption, in its order, each as often as it is named.</summary>
    public IReadOnlyList<MinedTag> Mine(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        var result = new List<MinedTag>();
        foreach (var mention in FindMentions(caption))
        {
            if (known is null)
                result.Add(new MinedTag(mention.Names[0], mention.Type, mention.Start, mention.End));
            else if (TryFindKnown(mention, out var tag))
                result.Add(new MinedTag(tag.Name, tag.Type, mention.Start, mention.End));
        }
        return result;
    }

    /// <summary>
    /// What becomes of each place in a caption that might be a tag, and why: with the vocabulary, or without one as
    /// <see cref="VocabularyBuilder"/> would count it.
    /// </summary>
    public IReadOnlyList<TagDecision> Decide(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return [.. FindMentions(caption).Select(Decide)];
    }

    /// <summary>The ids of the vocabulary's tags that a caption names, ascending, each once.</summary>
    /// <exception cref="InvalidOperationException">The miner has no vocabulary.</exception>
    public int[] MineIds(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return MineIds(ReadScene(caption));
    }

    /// <summary>The ids of the vocabulary's tags in a scene graph, ascending, each once.</summary>
    internal int[] MineIds(SceneGraph graph)
    {
        if (known is null)
            throw new InvalidOperationException("tag ids: the miner was made without a vocabulary");
        var ids = new SortedSet<int>();
        foreach (var mention in FindMentions(graph))
        {
            if (TryFindKnown(mention, out var tag))
                ids.Add(tag.Id);
        }
        return [.. ids];
    }

    /// <summary>All places in a caption that may become tags, in its order.</summary>
    internal List<TagMention> FindMentions(string caption) => FindMentions(ReadScene(caption));

    private static List<TagMention> FindMentions(SceneGraph graph)
    {
        var mentions = new List<TagMention>();
        foreach (var entity in graph.Entities)
        {
            foreach (var attribute in entity.Attributes.Where(a => entity.Type is not null || a.IsQuantity))
                mentions.Add(new TagMention([attribute.Name], TagType.Attribute, attribute.Start, attribute.End));
            if (entity.Type is { } type)
                mentions.Add(new TagMention(NamesOf(entity.Head), type, entity.Start, entity.End));
        }
        // An action stands in the graph once for each pair of subject and object.
        foreach (var action in graph.Actions.DistinctBy(a => a.Start))
        {
            IReadOnlyList<string> names = action.Particle is null ? [action.Verb] : [action.Name, action.Verb];
            mentions.Add(new TagMention(names, TagType.Action, action.Start, action.End));
        }
        mentions.Sort((a, b) => a.Start.CompareTo(b.Start));
        return mentions;
    }

    /// <summary>"indoor tennis court", "tennis court", "court"; a part that is no tag by itself is left out.</summary>
    private static List<string> NamesOf(string head)
    {
        var names = new List<string>(3);
        var rest = head;
        while (true)
        {
            var space = rest.IndexOf(' ', StringComparison.Ordinal);
            if (space >= 0 || names.Count == 0 || !WordLists.StopEntities.Contains(rest))
                names.Add(rest);
            if (space < 0)
                return names;
            rest = rest[(space + 1)..];
        }
    }

    private TagDecision Decide(TagMention mention)
    {
        var kind = WordLists.KindOf(mention.Type);
        foreach (var name in mention.Names)
        {
            var tag = known is null ? SynonymGroups.Default.Resolve(kind, name)
                : known.TryGetValue((kind, name), out var found) ? found.Name : null;
            if (tag is null || (known is null && WordLists.Blocked.Contains(tag)))
                continue;
            string[] reasons =
            [
                .. name == mention.Names[0] ? [] : new[] { $"\"{mention.Names[0]}\" is no tag, \"{name}\" is one" },
                .. tag == name ? [] : new[] { $"\"{name}\" is a synonym" },
            ];
            return new TagDecision(tag, mention.Type, mention.Start, mention.End, string.Join(", ", reasons));
        }
        var reason = known is null ? "is on the list of names that are never tags" : "is not in the vocabulary";
        return new TagDecision(null, mention.Type, mention.Start, mention.End, $"\"{mention.Names[0]}\" {reason}");
    }

    private bool TryFindKnown(TagMention mention, [NotNullWhen(true)] out Tag? tag)
    {
        foreach (var name in mention.Names)
        {
            if (known!.TryGetValue((WordLists.KindOf(mention.Type), name), out tag))
                return true;
        }
        tag = null;
        return false;
    }
}
