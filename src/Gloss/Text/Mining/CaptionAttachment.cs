using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>
/// Hangs words where a reader of captions would, where the parser took another word: it sees words, the rules here know
/// what is worn, who acts, and what weather is.
/// </summary>
internal static class CaptionAttachment
{
    /// <summary>Corrects a tree in place.</summary>
    public static void Correct(SentenceTree tree)
    {
        for (var i = 0; i < tree.Count; i++)
        {
            GiveToCompound(tree, i);
            JoinList(tree, i);
            JoinSubjects(tree, i);
            TakeObject(tree, i);
        }
        for (var i = 0; i < tree.Count; i++)
        {
            if (tree.IsNoun(i) && tree.Relations[i] is "obl" or "nmod")
                HangPhrase(tree, i);
            else
                HangParticiple(tree, i);
        }
    }

    // "with a weather vane": preposition and article belong to the vane.
    private static void GiveToCompound(SentenceTree tree, int i)
    {
        var head = tree.Head(i);
        if (tree.Relations[i] is "case" or "det" && head > i && tree.Relations[head] == "compound"
            && tree.Head(head) > head
            && tree.IsNoun(tree.Head(head)))
        {
            tree.Attach(i, tree.Head(head), tree.FullRelation(i));
        }
    }

    // "with a sink , a mirror and a bathtub": a list, no second name of the sink.
    private static void JoinList(SentenceTree tree, int i)
    {
        if (tree.Relations[i] != "appos" || !tree.IsNoun(i))
            return;
        var first = Enumerable.Range(0, i).LastOrDefault(s => tree.IsNoun(s)
            && tree.Relations[s] is "nmod" or "obl" or "obj"
            && tree.Children(s, "conj").Any(c => c > i), -1);
        if (first >= 0 && (first == tree.Head(i) || tree.Head(first) == tree.Head(i)))
            tree.Attach(i, first, "conj");
    }

    // "a girl in pants and a white top stands": the top is in the list before it, and does not stand.
    private static void JoinSubjects(SentenceTree tree, int i)
    {
        if (tree.Relations[i] != "nsubj" || tree.Head(i) < 0 || !tree.Children(i, "cc").Any(c => c < i))
            return;
        var first = tree.Children(tree.Head(i), "nsubj").First();
        if (first >= i)
            return;
        var between = Enumerable.Range(first, i - first);
        var worn = tree.IsWorn(i) ? between.LastOrDefault(s => tree.IsNoun(s) && tree.IsWorn(s), -1) : -1;
        tree.Attach(i, worn >= 0 ? worn : first, "conj");
    }

    // "attends the premiere": a noun with an article behind such a verb is what the verb is done to.
    private static void TakeObject(SentenceTree tree, int i)
    {
        var verb = tree.Head(i);
        if (tree.Relations[i] == "xcomp" && tree.IsNoun(i) && verb >= 0 && verb < i
            && tree.Universal(verb) == PartOfSpeech.Verb
            && tree.Child(i, "det") >= 0 && tree.Preposition(i) is null && tree.Child(i, "nsubj") < 0
            && tree.Child(i, "cop") < 0 && tree.Child(verb, "obj") < 0
            && tree.Lemma(verb) is not ("be" or "become" or "remain" or "stay" or "seem" or "appear" or "look" or "feel"
                or "call" or "name" or "turn"))
        {
            tree.Attach(i, verb, "obj");
        }
    }

    private static void HangPhrase(SentenceTree tree, int noun)
    {
        var preposition = tree.Preposition(noun);
        var head = tree.Head(noun);
        if (preposition is null or "of" || head < 0 || head > noun)
            return;
        var start = tree.Children(noun, "case").Min();
        var before = start - 1;
        var stands = before >= 0 && tree.IsNoun(before) && before != head;
        // "is helped by a man in uniform": the man is in it.
        if (preposition == "in" && tree.IsWorn(noun) && stands && tree.IsAnimate(before))
        {
            tree.Attach(noun, before, "nmod");
        }
        // "plays with a paper hat on his head", "lies with her face in the grass".
        else if (stands && tree.Preposition(before) == "with" && !tree.IsAnimate(before)
            && ((tree.IsPossessed(noun) && tree.IsWorn(noun)) || (tree.IsPossessed(before) && tree.IsWorn(before))))
        {
            tree.Attach(noun, before, "nmod");
        }
        // "with mountains in the background", "with trees behind him" tells of what else is there.
        else if (preposition == "with" && IsElsewhere(tree, noun))
        {
            tree.Attach(noun, head, "dislocated");
        }
        // "puts on her shoes".
        else if (start == head + 1 && preposition is "on" or "off" && tree.IsWorn(noun)
            && WordLists.PhrasalVerbs.Contains($"{tree.Lemma(head)} {preposition}")
                && tree.Universal(head) == PartOfSpeech.Verb
            && tree.Child(head, "obj") < 0)
        {
            tree.Attach(start, head, "compound:prt");
            tree.Attach(noun, head, "obj");
        }
        else if (tree.IsNoun(head))
        {
            HangHigher(tree, noun, head, preposition);
        }
    }

    private static void HangHigher(SentenceTree tree, int noun, int head, string preposition)
    {
        var above = tree.Head(head);
        if (above < 0)
            return;
        // "waits at a bus stop in the rain": the waiting is in the rain.
        if (WordLists.Weather.Contains(tree.Lemma(noun)) && preposition is "in" or "at" or "on" or "during"
            && tree.Preposition(head) is not (null or "of") && !tree.IsAnimate(head))
        {
            tree.Attach(noun, above, tree.IsNoun(above) ? "nmod" : "obl");
        }
        // "are led down a road by a farmer": who leads.
        else if (preposition == "by" && tree.IsAnimate(noun) && !tree.IsAnimate(head) && tree.Relations[head] == "obl"
            && tree.Penn(above) == "VBN"
            && tree.Children(above).Any(c => tree.FullRelation(c) is "aux:pass" or "nsubj:pass"))
        {
            tree.Attach(noun, above, "obl:agent");
        }
        // "does a handstand against a wall".
        else if (tree.Relations[head] == "obj" && tree.Lemma(above) is "do" or "perform"
            && preposition is not ("with" or "for" or "from"))
        {
            tree.Attach(noun, above, "obl");
        }
        // "a cup of coffee on a tray": the cup.
        else if (tree.Preposition(head) == "of" && tree.IsNoun(above) && !tree.IsAnimate(above) && !tree.IsAnimate(head)
            && !WordLists.Quantifiers.Contains(tree.Lemma(above)) && !WordLists.Spatial.Contains(tree.Forms[above])
            && preposition is "on" or "in" or "at" or "near" or "beside" or "next to" or "by" or "in front of")
        {
            tree.Attach(noun, above, "nmod");
        }
    }

    private static bool IsElsewhere(SentenceTree tree, int noun)
    {
        var next = noun + 1;
        if (next >= tree.Count)
            return false;
        if (tree.Forms[next] is "below" or "above" or "nearby" or "overhead" or "behind" or "around"
            && next + 1 >= tree.Count - 1)
            return true;
        if (tree.Forms[next] is "behind" or "around" or "above" or "below"
            && tree.Forms[next + 1] is "him" or "her" or "them" or "it"
                && tree.Universal(next + 2) is not (PartOfSpeech.Noun or PartOfSpeech.Adj))
        {
            return true;
        }
        if (next + 2 >= tree.Count || tree.Forms[next] != "in"
            || tree.Forms[next + 2] is not ("background" or "foreground" or "distance"))
            return false;
        tree.Attach(next + 2, noun, "nmod");
        return true;
    }

    // "with its wings spread", "with her hands cradled in her lap": of the wings and the hands.
    private static void HangParticiple(SentenceTree tree, int i)
    {
        if (i == 0 || tree.Universal(i) != PartOfSpeech.Verb || !tree.IsNoun(i - 1) || tree.Head(i) < 0)
            return;
        // "a mountain with skiers going up", "walks past a crowd sitting outside": who stands before it.
        if (tree.Penn(i) == "VBG" && tree.Relations[i] is "acl" or "advcl" && tree.Preposition(i - 1) is not null
            && tree.IsAnimate(i - 1)
            && !tree.IsAnimate(tree.Head(i))
                && (tree.IsNoun(tree.Head(i)) || tree.Lemma(i) is "sit" or "stand" or "lie" or "wear"))
        {
            tree.Attach(i, i - 1, "acl");
        }
        if (!(tree.Penn(i) is "VBN" or "VBD" || tree.Forms[i] == "spread"))
            return;
        var thing = tree.Relations[i - 1] == "conj" && tree.Head(i - 1) >= 0 ? tree.Head(i - 1) : i - 1;
        if (tree.Preposition(thing) != "with" || tree.IsAnimate(thing)
            || !(tree.IsPossessed(thing) || tree.Children(i).All(c => tree.Universal(c) == PartOfSpeech.Punct)))
        {
            return;
        }
        tree.AttachParticiple(i, i - 1);
    }
}
