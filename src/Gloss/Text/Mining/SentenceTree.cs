using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>A parsed sentence with its dependents at hand, for the rules that read it.</summary>
internal sealed class SentenceTree
{
    private static readonly PosTag asNoun = new(PartOfSpeech.Noun, "NN");
    private readonly ParsedSentence sentence;
    private readonly List<int>[] children;
    private readonly int[] heads;
    private readonly string[] fullRelations;
    private readonly bool[] isNamed;
    private readonly HashSet<int> participles = [];

    /// <summary>Indexes a sentence.</summary>
    public SentenceTree(ParsedSentence sentence)
    {
        this.sentence = sentence;
        heads = [.. sentence.Heads];
        fullRelations = [.. sentence.Relations];
        children = new List<int>[Count];
        for (var i = 0; i < Count; i++)
            children[i] = [];
        for (var i = 0; i < Count; i++)
        {
            if (sentence.Heads[i] >= 0)
                children[sentence.Heads[i]].Add(i);
        }
        Forms = [.. sentence.Tokens.Select(t => t.Text.ToLowerInvariant())];
        Relations = [.. sentence.Relations.Select(WithoutSubtype)];
        isNamed = [.. Enumerable.Range(0, Count).Select(IsNounByPlace)];
        for (var i = 0; i + 1 < Count; i++)
        {
            // A noun in front of its noun is a part of the name, whichever of these the parser calls it.
            if (Relations[i] is "amod" or "nmod" && IsNoun(i) && Penn(i) != "NNPS" && Head(i) > i && IsNoun(Head(i))
                && children[i].TrueForAll(c => c < i && Relations[c] == "compound"))
            {
                Relations[i] = "compound";
            }
        }
    }

    // "slides on a sled": behind an article and in a noun's place stands a noun, whatever the tagger took its ending
    // for.
    private bool IsNounByPlace(int i) => IsVerbInTheNounsPlace(i) || IsPlaceName(i);

    // "at the fair": an adjective that stands alone behind an article and can name a place.
    private bool IsPlaceName(int i) => sentence.Tags[i].Universal == PartOfSpeech.Adj
        && Relations[i] is "obl" or "nmod" or "obj"
        && children[i].Any(c => c < i && Forms[c] is "a" or "an" or "the") && WordLists.IsScene(Forms[i]);

    private bool IsVerbInTheNounsPlace(int i) => sentence.Tags[i].Universal == PartOfSpeech.Verb
        && ((Relations[i] is "obl" or "nmod" or "obj" or "iobj" or "nsubj"
            && children[i]
                .Any(c => c < i && (Forms[c] is "a" or "an" or "the" || sentence.Relations[c] == "nmod:poss")))
            || IsVerbInAList(i));

    // "in a suit and tie".
    private bool IsVerbInAList(int i) => Relations[i] == "conj" && i > 1 && Forms[i - 1] == "and" && heads[i] == i - 2
        && sentence.Tags[i - 2].Universal == PartOfSpeech.Noun && WordLists.Worn.Contains(Forms[i])
            && WordLists.Worn.Contains(Forms[i - 2]);

    private static string WithoutSubtype(string relation)
    {
        var colon = relation.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? relation : relation[..colon];
    }

    /// <summary>Words of the sentence.</summary>
    public int Count => sentence.Tokens.Count;

    /// <summary>Lower-case words.</summary>
    public string[] Forms { get; }

    /// <summary>Relations without subtype.</summary>
    public string[] Relations { get; }

    /// <summary>The word with its offsets.</summary>
    public Token Token(int i) => sentence.Tokens[i];

    /// <summary>Lemma of a word.</summary>
    public string Lemma(int i) => isNamed[i] ? Lemmatizer.Default.Lemmatize(Forms[i], asNoun) : sentence.Lemmas[i];

    /// <summary>Universal part of speech; punctuation outside the sentence.</summary>
    public PartOfSpeech Universal(int i) =>
        i < 0 || i >= Count ? PartOfSpeech.Punct : isNamed[i] ? PartOfSpeech.Noun : sentence.Tags[i].Universal;

    /// <summary>Penn tag.</summary>
    public string Penn(int i) => isNamed[i] ? asNoun.Penn : participles.Contains(i) ? "VBN" : sentence.Tags[i].Penn;

    /// <summary>Head of a word, -1 for the root.</summary>
    public int Head(int i) => heads[i];

    /// <summary>Full relation, with subtype.</summary>
    public string FullRelation(int i) => fullRelations[i];

    /// <summary>
    /// Hangs a word on another one, or gives it another relation; nothing happens where that would close a circle.
    /// </summary>
    public void Attach(int i, int head, string relation)
    {
        for (var up = head; up >= 0; up = heads[up])
        {
            if (up == i)
                return;
        }
        if (heads[i] >= 0)
            children[heads[i]].Remove(i);
        (heads[i], fullRelations[i], Relations[i]) = (head, relation, WithoutSubtype(relation));
        var place = children[head].FindIndex(c => c > i);
        children[head].Insert(place < 0 ? children[head].Count : place, i);
    }

    /// <summary>Hangs a verb on the noun before it, as the participle that it is there.</summary>
    public void AttachParticiple(int i, int noun)
    {
        participles.Add(i);
        Attach(i, noun, "acl");
    }

    /// <summary>Dependents, in order.</summary>
    public IReadOnlyList<int> Children(int i) => children[i];

    /// <summary>The dependents in a relation (without subtype).</summary>
    public IEnumerable<int> Children(int i, string relation) => children[i].Where(c => Relations[c] == relation);

    /// <summary>The first dependent in a relation, or -1.</summary>
    public int Child(int i, string relation)
    {
        foreach (var child in children[i])
        {
            if (Relations[child] == relation)
                return child;
        }
        return -1;
    }

    /// <summary>Whether a word is a noun.</summary>
    public bool IsNoun(int i) => Universal(i) is PartOfSpeech.Noun or PartOfSpeech.Propn;

    /// <summary>A word and all coordinated with it.</summary>
    public IEnumerable<int> WithConjuncts(int i)
    {
        yield return i;
        foreach (var child in Children(i, "conj"))
        {
            foreach (var conjunct in WithConjuncts(child))
                yield return conjunct;
        }
    }

    /// <summary>The preposition of a noun with its fixed parts ("because of") and with the word before it that belongs
    /// to it ("next to", "out of", "in to"), lower case; null where it has none.</summary>
    public string? Preposition(int i)
    {
        var (only, count) = (-1, 0);
        foreach (var child in children[i])
        {
            if (child < i && IsCase(child))
                (only, count) = (child, count + 1);
        }
        if (count == 0)
            return null;
        // By far the most prepositions are one word.
        if (count == 1 && !JoinsWordBefore(only) && Child(only, "fixed") < 0)
            return Forms[only];
        var words = children[i].Where(c => c < i && IsCase(c)).SelectMany(c => Children(c, "fixed").Append(c)).ToList();
        if (JoinsWordBefore(words.Min()))
            words.Add(words.Min() - 1);
        var ordered = words.Distinct().Order().Select(c => Forms[c]).ToList();
        // "sits outside on a bench": where and on what; the first is no part of the second.
        if (ordered.Count > 1 && ordered[0] is "outside" or "inside" or "outdoors" or "indoors" or "together"
            && ordered[1] != "of")
            ordered.RemoveAt(0);
        return string.Join(' ', ordered);
    }

    private bool IsCase(int i) => Relations[i] == "case" && Forms[i] is not ("'s" or "'");

    // "next to", "out of": the word before a preposition belongs to it.
    private bool JoinsWordBefore(int i) => i > 0
        && (Forms[i - 1], Forms[i]) is ("next" or "close" or "in" or "on", "to")
        or ("inside" or "outside" or "out" or "off", "of");

    /// <summary>Whether a noun names someone who acts of their own.</summary>
    public bool IsAnimate(int i)
    {
        var form = Forms[i];
        return WordLists.Animates.Contains(Lemma(i)) || WordLists.Animates.Contains(form)
            || form.EndsWith("man", StringComparison.Ordinal) || form.EndsWith("men", StringComparison.Ordinal)
            || form.EndsWith("people", StringComparison.Ordinal);
    }

    /// <summary>Whether a noun is a part of the body or worn on it.</summary>
    public bool IsWorn(int i) => WordLists.Worn.Contains(Lemma(i)) || WordLists.Worn.Contains(Forms[i]);

    /// <summary>Whether "his", "her", "their" or "its" stands before a noun.</summary>
    public bool IsPossessed(int i) => children[i].Any(c => c < i && Forms[c] is "his" or "her" or "their" or "its");

    /// <summary>Nouns with a preposition that hang on a word, also by way of "next" and the like ("sits next to a
    /// tree").
    /// </summary>
    public IEnumerable<int> PrepositionalNouns(int i, string relation)
    {
        foreach (var child in children[i])
        {
            if (Relations[child] == relation)
                yield return child;
            else if (Forms[child] is "next" or "close" or "out" or "inside" or "outside" or "in" or "on" && child > i)
            {
                foreach (var noun in children[child].Where(c => Relations[c] is "obl" or "nmod"))
                    yield return noun;
            }
        }
    }
}
