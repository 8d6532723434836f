using System.Diagnostics.CodeAnalysis;
using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>
/// Finds in a caption the tags that it names: nouns with their compounds are objects or scenes, adjectives attributes, verbs
/// actions. Immutable, so that one miner serves all threads.
/// </summary>
public sealed class TagMiner
{
    private readonly PosTagger tagger;
    private readonly Lemmatizer lemmatizer;
    private readonly Dictionary<(TagKind Kind, string Name), Tag>? known;

    /// <summary>Makes a miner.</summary>
    /// <param name="vocabulary">Where given, only its tags are found, synonyms under the tag's own name, and a compound that it
    /// has not counts as its head; where null, every name is found.</param>
    /// <param name="tagger">The part-of-speech tagger; the one that ships where null.</param>
    /// <param name="lemmatizer">The lemmatizer; the one that ships where null.</param>
    public TagMiner(TagVocabulary? vocabulary = null, PosTagger? tagger = null, Lemmatizer? lemmatizer = null)
    {
        this.tagger = tagger ?? PosTagger.Default;
        this.lemmatizer = lemmatizer ?? Lemmatizer.Default;
        if (vocabulary is null)
            return;
        known = [];
        foreach (var tag in vocabulary)
            known.TryAdd((WordLists.KindOf(tag.Type), tag.Name), tag);
        foreach (var tag in vocabulary)
        {
            foreach (var synonym in tag.Synonyms)
                known.TryAdd((WordLists.KindOf(tag.Type), synonym), tag);
        }
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

    /// <summary>The ids of the vocabulary's tags that a caption names, ascending, each once.</summary>
    /// <exception cref="InvalidOperationException">The miner has no vocabulary.</exception>
    public int[] MineIds(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        if (known is null)
            throw new InvalidOperationException("tag ids: the miner was made without a vocabulary");
        var ids = new SortedSet<int>();
        foreach (var mention in FindMentions(caption))
        {
            if (TryFindKnown(mention, out var tag))
                ids.Add(tag.Id);
        }
        return [.. ids];
    }

    /// <summary>All places in a caption that may become tags.</summary>
    internal List<TagMention> FindMentions(string caption)
    {
        var mentions = new List<TagMention>();
        var tokens = CaptionTokenizer.Tokenize(caption);
        foreach (var range in CaptionTokenizer.SplitSentences(tokens))
        {
            var sentence = tokens[range];
            var tags = tagger.Tag([.. sentence.Select(t => t.Text)]);
            new PhraseReader(sentence, tags, lemmatizer, mentions).Read();
        }
        return mentions;
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
