using System.Runtime.InteropServices;
using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>
/// Counts the tags that captions name and makes a vocabulary of the most frequent: synonyms merged, compounds only
/// where they are frequent, blocked names left out, the type by majority. The same captions in the same order give the
/// same file.
/// </summary>
public sealed class VocabularyBuilder
{
    private readonly TagMiner miner;
    private readonly SynonymGroups synonyms;
    private readonly HashSet<string> blocked;
    private readonly VocabularyOptions options;
    private readonly VocabularyReview review;
    private readonly Dictionary<string, List<string>> examples = new(StringComparer.Ordinal);

    private readonly HashSet<string> named = new(StringComparer.Ordinal);

    // A mention is kept as its chain of names ("tennis court|court"): which of them counts is known only at the end.
    private readonly Dictionary<(TagType Type, string Chain), int> mentions = [];

    /// <summary>Makes a builder that has counted nothing.</summary>
    /// <param name="options">How many tags, and how frequent.</param>
    /// <param name="synonyms">Groups of synonyms; those that ship where null.</param>
    /// <param name="blocked">Names that never become tags; those that ship where null.</param>
    /// <param name="miner">The miner, without a vocabulary; the one that ships where null.</param>
    /// <param name="review">A person's decisions; none where null.</param>
    public VocabularyBuilder(
        VocabularyOptions options, SynonymGroups? synonyms = null, IEnumerable<string>? blocked = null,
        TagMiner? miner = null, VocabularyReview? review = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        this.synonyms = synonyms ?? SynonymGroups.Default;
        this.blocked = blocked is null ? WordLists.Blocked : [.. blocked];
        this.miner = miner ?? new TagMiner();
        this.review = review ?? VocabularyReview.None;
    }

    /// <summary>Captions counted so far.</summary>
    public int Captions { get; private set; }

    /// <summary>Counts a caption; a tag that it names twice counts once.</summary>
    public void Add(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        Captions++;
        var seen = new HashSet<(TagType, string)>();
        foreach (var mention in miner.FindMentions(caption))
        {
            var kind = WordLists.KindOf(mention.Type);
            var chain = string.Join('|', mention.Names.Select(name => NameOf(kind, name)).Distinct());
            if (!seen.Add((mention.Type, chain)))
                continue;
            CollectionsMarshal.GetValueRefOrAddDefault(mentions, (mention.Type, chain), out _)++;
            foreach (var name in chain.Split('|'))
            {
                ref var kept = ref CollectionsMarshal.GetValueRefOrAddDefault(examples, name, out _);
                kept ??= new List<string>(1);
                if (kept.Count < options.Examples)
                    kept.Add(caption.Length > 200 ? caption[..200] : caption);
            }
        }
    }

    /// <summary>The first captions that name a tag.</summary>
    public IReadOnlyList<string> ExamplesOf(string name) => examples.TryGetValue(name, out var kept) ? kept : [];

    /// <summary>Names of the review that no caption named so far: misspelled, or of other captions.</summary>
    public IReadOnlyList<string> UnnamedDecisions => [.. review.Names.Where(name => !named.Contains(name))];

    private string NameOf(TagKind kind, string word)
    {
        var own = synonyms.Resolve(kind, word);
        named.Add(word);
        named.Add(own);
        var name = review.NameOf(own);
        // "merge bike" where "bike" is a synonym itself: what it is a synonym of.
        return name == own || review.IsGiven(name) ? name : review.NameOf(synonyms.Resolve(kind, name));
    }

    private List<string> SynonymsOf(TagKind kind, string name)
    {
        List<string> all = [name];
        for (var i = 0; i < all.Count; i++)
            all.AddRange(review.MergedInto(all[i]).Concat(synonyms.SynonymsOf(kind, all[i])).Except(all).ToList());
        return all[1..];
    }

    /// <summary>The vocabulary of what was counted, the most frequent tag first.</summary>
    public TagVocabulary Build() => new(Rank().Take(options.MaxTags).Select((entry, id) =>
        new Tag(id, entry.Name, entry.Type, SynonymsOf(WordLists.KindOf(entry.Type), entry.Name))));

    /// <summary>All names that pass the limits, with the number of captions, the most frequent first.</summary>
    public IReadOnlyList<(string Name, TagType Type, int Count)> Rank()
    {
        var chains = mentions.OrderBy(m => m.Key.Chain, StringComparer.Ordinal).ThenBy(m => m.Key.Type)
            .Select(m => (m.Key.Type, Names: m.Key.Chain.Split('|'), Count: m.Value)).ToList();
        // A compound counts where it, with longer compounds that are too rare themselves, is frequent.
        var compounds = new Dictionary<string, int>();
        foreach (var (type, names, count) in chains)
        {
            foreach (var name in names.Where(n => n.Contains(' ', StringComparison.Ordinal)))
                CollectionsMarshal.GetValueRefOrAddDefault(compounds, $"{WordLists.KindOf(type)} {name}", out _) +=
                    count;
        }
        var counts = new Dictionary<(TagKind Kind, string Name), int[]>();
        foreach (var (type, names, count) in chains)
        {
            var kind = WordLists.KindOf(type);
            var name = Array.Find(names, n => !blocked.Contains(n) && !review.Drops(n)
                && (!n.Contains(' ', StringComparison.Ordinal)
                    || compounds[$"{kind} {n}"] >= options.MinCompoundCount));
            if (name is null)
                continue;
            // The type was told from the fullest name; the head alone may be another ("beach ball" and "ball").
            var counted = kind != TagKind.Thing ? type : WordLists.IsScene(name) ? TagType.Scene : TagType.Object;
            ref var byType = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, (kind, name), out _);
            byType ??= new int[4];
            byType[(int)counted] += count;
        }
        DropMistakenGerunds(counts);
        // One name, one tag: a word that is a thing, a property and an action is what it is most often.
        return [.. counts
            .Select(c => (c.Key.Name, Type: review.TypeOf(c.Key.Name) ?? (TagType)Array.IndexOf(c.Value, c.Value.Max()),
                Count: c.Value.Sum()))
            .Where(c => c.Count >= (c.Name.Contains(' ', StringComparison.Ordinal)
                ? options.MinCompoundCount : options.MinCount))
            .GroupBy(c => c.Name).Select(g => g.OrderByDescending(c => c.Count).ThenBy(c => c.Type).First())
            .OrderByDescending(c => c.Count).ThenBy(c => c.Name, StringComparer.Ordinal)];
    }

    /// <summary>Takes out "walking" as a thing where "walk" is an action four times as often: the tagger took a
    /// participle for a noun. "building" and "painting" stay.</summary>
    private static void DropMistakenGerunds(Dictionary<(TagKind Kind, string Name), int[]> counts)
    {
        foreach (var (kind, name) in counts.Keys.ToList())
        {
            if (kind == TagKind.Action || !name.EndsWith("ing", StringComparison.Ordinal)
                || name.Contains(' ', StringComparison.Ordinal))
            {
                continue;
            }
            var verb = Lemmatizer.Default.Lemmatize(name, new PosTag(PartOfSpeech.Verb, "VBG"));
            if (kind == TagKind.Thing && counts.TryGetValue((TagKind.Action, verb), out var asAction)
                && asAction.Sum() > 4 * counts[(kind, name)].Sum())
            {
                counts.Remove((kind, name));
            }
        }
    }
}
