using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>Reads the noun phrases of a sentence as entities with attributes.</summary>
internal sealed class EntityReader(string caption, SentenceTree tree, List<SceneEntity> entities)
{
    private readonly int[] entityOf = [.. Enumerable.Repeat(-1, tree.Count)];

    /// <summary>The sentence.</summary>
    public SentenceTree Tree => tree;

    /// <summary>The entity whose head is word <paramref name="i"/>, or -1.</summary>
    public int EntityOf(int i) => entityOf[i];

    /// <summary>The type of an entity of this caption.</summary>
    public TagType? TypeOf(int entity) => entities[entity].Type;

    /// <summary>Whether an entity acts of its own.</summary>
    public bool IsAnimate(int entity) => Array.IndexOf(entityOf, entity) is >= 0 and var word && tree.IsAnimate(word);

    /// <summary>Whether an entity is said not to be there ("no cars on the road").</summary>
    public bool IsAbsent(int entity) => Array.IndexOf(entityOf, entity) is >= 0 and var word && IsNegated(word);

    /// <summary>Adds the sentence's entities.</summary>
    public void Read()
    {
        for (var i = 0; i < tree.Count; i++)
        {
            if (IsEntityHead(i))
                Add(i);
        }
    }

    /// <summary>The word that stands for word <paramref name="i"/> in actions and relations: of "group of people" the
    /// people.
    /// </summary>
    public int Resolve(int i)
    {
        for (var depth = 0; depth < 4; depth++)
        {
            if (!IsFrame(i))
                return i;
            i = tree.Children(i, "nmod").First(c => tree.Preposition(c) == "of");
        }
        return i;
    }

    /// <summary>Whether a noun only quantifies or frames what follows "of".</summary>
    public bool IsFrame(int i) =>
        (IsCount(i) || (tree.IsNoun(i) && WordLists.Quantifiers.Contains(tree.Lemma(i))
            && !WordLists.Spatial.Contains(tree.Lemma(i)) && !IsPictureInHand(i)))
        && tree.Children(i, "nmod").Any(c => tree.Preposition(c) == "of" && tree.IsNoun(c));

    // "two of the children", "some of the people".
    private bool IsCount(int i) => tree.Universal(i) == PartOfSpeech.Num
        || WordLists.Placeholders.Contains(tree.Forms[i]);

    // "takes a picture of a tower", "holds a photo of his dog": what is shown is neither taken nor held.
    private bool IsPictureInHand(int i) => tree.Relations[i] == "obj" && tree.Lemma(i) is "picture" or "photo"
        or "photograph" or "image";

    private bool IsEntityHead(int i)
    {
        if (!tree.IsNoun(i) || !tree.Forms[i].Any(char.IsLetter) || tree.Forms[i].Length < 2 || IsColour(i))
            return false;
        if (WordLists.Placeholders.Contains(tree.Forms[i]))
            return false;
        if (tree.Relations[i] is "fixed" or "case" or "cc" or "aux" or "goeswith" or "mark" or "discourse")
            return false;
        if (tree.Relations[i] is "compound" or "flat" && tree.Head(i) >= 0)
            return !(tree.IsNoun(tree.Head(i)) || tree.Universal(tree.Head(i)) is PartOfSpeech.Adj
                or PartOfSpeech.Verb);
        // "the dog's ball": the owner is an entity; "blue-eyed": not a noun any more.
        return true;
    }

    // "hand in hand", "face to face": how they go or stand.
    private bool IsPosture(int i) => tree.IsWorn(i) && (IsPair(i - 2) || IsPair(i));

    private bool IsPair(int first) => first >= 0 && first + 2 < tree.Count && tree.Forms[first] == tree.Forms[first + 2]
        && tree.Forms[first + 1] is "in" or "to" or "by" && tree.Children(first).All(c => c > first);

    private bool IsColour(int i) =>
        tree.Penn(i) is "NN" or "NNP" && WordLists.Colours.Contains(tree.Forms[i]) && !IsFruit(i);

    // "half of an orange", "one lime".
    private bool IsFruit(int i) => tree.Forms[i] is "orange" or "lime"
        && tree.Children(i).Any(c => c < i && (tree.Forms[c] is "a" or "an" || tree.Relations[c] == "nummod"));

    private void Add(int head)
    {
        var attributes = new List<SceneModifier>();
        var first = CompoundStart(head, attributes);
        CollectAttributes(head, first, attributes);
        var words = Enumerable.Range(first, head - first).Select(i => tree.Forms[i]).Append(tree.Lemma(head));
        var name = string.Join(' ', words);
        int start = tree.Token(first).Start, end = tree.Token(head).End;
        // Of a flat name ("Santa Claus") the first word is the head, the others follow.
        foreach (var part in tree.Children(head, "flat").Where(c => c == head + 1 && tree.Forms[c].Any(char.IsLetter)))
        {
            name = $"{tree.Forms[head]} {tree.Forms[part]}";
            end = tree.Token(part).End;
        }
        var reason = NoTag(head, name);
        var type = reason is not null ? (TagType?)null : WordLists.IsScene(name) && !IsSubstance(head)
            ? TagType.Scene : TagType.Object;
        entityOf[head] = entities.Count;
        var ordered = attributes.DistinctBy(a => a.Start).OrderBy(a => a.Start).ToList();
        entities.Add(new SceneEntity(name, caption[start..end], start, end, type, ordered) { NoTag = reason });
    }

    // "a glass of water", "covered with snow", "drinks water": what is there of it, not the place that "in the water"
    // is.
    private bool IsSubstance(int head) => tree.Lemma(head) is "water" or "snow" or "sand" or "ice" or "mud" or "dirt"
        && tree.Child(head, "det") < 0
        && ((tree.Relations[head] == "obj" && tree.Lemma(tree.Head(head)) is not ("enter" or "cross" or "overlook"))
            || tree.Preposition(head) is "with" or "by"
            || (tree.Preposition(head) == "of" && tree.Head(head) is >= 0 and var whole
                && tree.Lemma(whole) is not ("body" or "pool" or "expanse" or "stretch" or "edge" or "middle" or "area"
                    or "field")));

    /// <summary>
    /// Index of the first word of the head's compound; materials and colours before it become attributes.
    /// </summary>
    private int CompoundStart(int head, List<SceneModifier> attributes)
    {
        var first = head;
        while (first > 0)
        {
            var before = first - 1;
            var isPart = tree.Relations[before] is "compound" or "flat" && DependsWithin(before, head)
                && !WordLists.Placeholders.Contains(tree.Forms[before]) && !char.IsDigit(tree.Forms[before][0]);
            // "hot dog", "living room", "double decker bus": an adjective or participle that is a part of the name.
            var isLexical = WordLists.Compounds.Contains(
                $"{tree.Forms[before]} {(first == head ? tree.Lemma(head) : tree.Forms[first])}");
            if (!isPart && !isLexical)
                break;
            var name = string.Join(' ', tree.Forms[before..head].Append(tree.Lemma(head)));
            if (!isLexical && WordLists.Materials.Contains(tree.Forms[before]) && !WordLists.Compounds.Contains(name))
            {
                attributes.Add(Attribute(before, isQuantity: false));
                break;
            }
            first = before;
        }
        return first;
    }

    private bool DependsWithin(int word, int head)
    {
        for (var up = tree.Head(word); up > word && up <= head; up = tree.Head(up))
        {
            if (up == head)
                return true;
        }
        return false;
    }

    private void CollectAttributes(int head, int first, List<SceneModifier> attributes)
    {
        foreach (var child in tree.Children(head).Where(c => c < first || c > head || tree.Relations[c] == "compound"))
        {
            var relation = tree.Relations[child];
            if (child < head && child >= 0 && relation == "amod"
                && !(child == head - 1 && WordLists.Compounds.Contains($"{tree.Forms[child]} {tree.Lemma(head)}")))
            {
                foreach (var word in WithOwnModifiers(child))
                    AddModifier(word, attributes);
            }
            else if (child < head && relation == "nummod")
            {
                AddModifier(child, attributes);
            }
            else if (relation == "det" && tree.Forms[child] is "some" or "several" or "many" && child < head)
            {
                AddModifier(child, attributes);
            }
            else if (relation is "compound" or "nmod" && child < head && IsColour(child))
            {
                foreach (var word in tree.WithConjuncts(child))
                    AddModifier(word, attributes);
            }
            else if (relation == "compound" && child < head && WordLists.Materials.Contains(tree.Forms[child])
                && !WordLists.Compounds.Contains($"{tree.Forms[child]} {tree.Lemma(head)}"))
            {
                AddModifier(child, attributes);
            }
            else if (relation == "acl" && child > head && tree.Lemma(child) is "dress" or "clothe")
            {
                // "dressed in blue": the colour stands for the clothes.
                foreach (var word in tree.Children(child, "obl").Where(c => WordLists.Colours.Contains(tree.Forms[c]))
                    .SelectMany(tree.WithConjuncts))
                {
                    AddModifier(word, attributes);
                }
            }
            else if (relation is "amod" or "acl" && child > head && IsBareModifier(child))
            {
                AddModifier(child, attributes);
            }
            else if (relation == "nmod" && child > head && WordLists.Colours.Contains(tree.Forms[child])
                && tree.Preposition(child) == "in")
            {
                foreach (var word in tree.WithConjuncts(child))
                    AddModifier(word, attributes);
            }
        }
        // "The sky is blue": a predicate adjective without complement.
        var predicate = tree.Head(head);
        if (predicate >= 0 && tree.Relations[head] == "nsubj" && tree.Universal(predicate) == PartOfSpeech.Adj
            && tree.Forms[predicate] is not ("ready" or "about" or "able" or "next")
            && !tree.Children(predicate).Any(c => tree.Relations[c] is "obl" or "xcomp" or "advcl" or "ccomp"))
        {
            foreach (var word in tree.WithConjuncts(predicate).Where(w => tree.Universal(w) == PartOfSpeech.Adj))
                AddModifier(word, attributes);
        }
    }

    /// <summary>A modifier, those coordinated with it, and adjectives that the parser hung on it ("red , orange and
    /// yellow striped").</summary>
    private IEnumerable<int> WithOwnModifiers(int modifier)
    {
        foreach (var word in tree.WithConjuncts(modifier))
        {
            yield return word;
            foreach (var own in tree.Children(word).Where(c => c < word && tree.Relations[c] == "amod"
                && tree.Universal(c) is PartOfSpeech.Adj))
            {
                yield return own;
            }
        }
    }

    private bool IsBareModifier(int i) =>
        (tree.Universal(i) == PartOfSpeech.Adj || tree.Penn(i) == "VBN")
        && !tree.Children(i).Any(c => tree.Relations[c] is "obl" or "obj" or "xcomp" or "advcl" or "ccomp");

    private void AddModifier(int i, List<SceneModifier> attributes)
    {
        var form = tree.Forms[i];
        if (!form.Any(char.IsLetter) || form.Length < 2 || form.Any(char.IsDigit)
            || tree.Universal(i) is PartOfSpeech.Pron or PartOfSpeech.Adv || form is "such" or "own" or "same" or "next"
            || (form == "other" && i > 0 && tree.Forms[i - 1] == "each"))
        {
            return;
        }
        attributes.Add(Attribute(i, tree.Universal(i) is PartOfSpeech.Num or PartOfSpeech.Det
            || form is "several" or "many" or "some" or "various" or "few" or "multiple" or "numerous"));
    }

    private SceneModifier Attribute(int i, bool isQuantity) =>
        new(tree.Forms[i], tree.Token(i).Start, tree.Token(i).End, isQuantity);

    private string? NoTag(int head, string name)
    {
        if (IsFrame(head))
            return "only quantifies or frames what follows";
        if (IsNegated(head))
            return "is not there";
        if (IsPosture(head))
            return "tells how someone goes or stands";
        // "A couple dances": no one else is behind it.
        if (WordLists.Quantifiers.Contains(tree.Lemma(head)) && tree.IsAnimate(head)
            && !tree.Children(head, "nmod").Any(c => tree.Preposition(c) == "of"))
        {
            return null;
        }
        if (IsGarment(head))
            return null;
        return WordLists.StopEntities.Contains(name)
            || (!name.Contains(' ', StringComparison.Ordinal) && WordLists.StopEntities.Contains(tree.Lemma(head)))
            ? "names nothing to be seen" : null;
    }

    // "wearing a pink top": no part of space.
    private bool IsGarment(int head) => tree.Forms[head] == "top"
        && tree.Children(head).Any(c => c == head - 1 && (tree.Relations[c] == "amod" || IsColour(c)))
        && tree.Preposition(head) is null or "in" or "with"
        && !tree.Children(head, "nmod").Any(c => tree.Preposition(c) == "of");

    /// <summary>"no shirt", "without a shirt".</summary>
    public bool IsNegated(int head) =>
        tree.Children(head, "det").Any(c => tree.Forms[c] == "no") || tree.Preposition(head) is "without";
}
