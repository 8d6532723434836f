using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>Reads the verbs and prepositions of a sentence as actions and relations between its entities.</summary>
internal sealed class ClauseReader(EntityReader reader, List<SceneAction> actions, List<SceneRelation> relations)
{
    private readonly SentenceTree tree = reader.Tree;
    private readonly RoleReader roleReader = new(reader);

    /// <summary>Adds the sentence's actions and relations.</summary>
    public void Read()
    {
        for (var i = 0; i < tree.Count; i++)
        {
            if (roleReader.IsAction(i))
                ReadVerb(i);
        }
        for (var i = 0; i < tree.Count; i++)
        {
            if (tree.IsNoun(i) && tree.Relations[i] != "compound")
                ReadNoun(i);
            else if (tree.Universal(i) == PartOfSpeech.Adj && tree.Relations[i] is not "compound")
                ReadAdjective(i);
            else if (tree.Universal(i) == PartOfSpeech.Pron)
                ReadPronoun(i);
        }
    }

    private void ReadVerb(int verb)
    {
        var roles = roleReader.RolesOf(verb);
        var lemma = tree.Lemma(verb);
        // The parser may take the particle for an adverb or a phrase of its own; the list of phrasal verbs decides.
        var particle = tree.Children(verb).FirstOrDefault(c => c > verb
            && tree.Relations[c] is "compound" or "advmod" or "obl"
            && tree.Penn(c) is "RP" or "IN" or "RB" && tree.Children(c).Count == 0
            && WordLists.PhrasalVerbs.Contains($"{lemma} {tree.Forms[c]}"), -1);
        var kept = particle >= 0 ? tree.Forms[particle] : null;
        var name = kept is null ? lemma : $"{lemma} {kept}";
        var token = tree.Token(verb);
        foreach (var subject in OrNone(roles.Subjects))
        {
            foreach (var target in OrNone(roles.Objects))
            {
                actions.Add(new SceneAction(lemma, kept, subject, target, token.Start, token.End));
                if (subject is { } s && target is { } o)
                    relations.Add(new SceneRelation(s, name, o));
            }
        }
        // Prepositional phrases of the verb; in a passive or without a subject the patient takes the subject's place.
        var holders = roles.IsPassive || roles.Subjects.Count == 0 ? roles.Objects : roles.Subjects;
        var obliques = tree.PrepositionalNouns(verb, "obl").Where(o => o != roles.Agent).ToList();
        // "sit and stand near a fountain": the phrase behind the last verb belongs to all.
        if (obliques.Count == 0 && roles.Objects.Count == 0 && tree.Child(verb, "conj") is >= 0 and var other
            && roleReader.IsAction(other))
            obliques = [.. tree.PrepositionalNouns(other, "obl")];
        foreach (var oblique in obliques)
            AddOblique(verb, name, roles, holders, oblique);
    }

    private void AddOblique(int verb, string name, VerbRoles roles, List<int> holders, int oblique)
    {
        // "has a ball in its mouth": where the ball is, not where the having happens.
        if (tree.Lemma(verb) == "have" && roles.Objects.Count > 0 && oblique > verb)
            AddPrepositional(roles.Objects, null, oblique);
        // "wearing pants with stars", "wearing a cap on a roof": of the pants; and where someone is, not where the
        // wearing happens.
        else if (tree.Lemma(verb) == "wear" && tree.Preposition(oblique) == "with" && !tree.IsWorn(oblique)
            && roles.Objects.Count > 0)
            AddPrepositional(roles.Objects, null, oblique);
        else if (tree.Lemma(verb) == "wear" && tree.Preposition(oblique) is "on" or "in" or "at" or "near" or "by"
            or "in front of"
            && !tree.IsWorn(oblique))
        {
            AddPrepositional(holders, null, oblique);
        }
        // "sings with a hat on": what someone looks like, not how the singing is done.
        else if (tree.Preposition(oblique) == "with" && tree.IsWorn(oblique) && !tree.IsWorn(verb))
            AddPrepositional(holders, null, oblique);
        else
            AddPrepositional(holders, name, oblique);
    }

    private void AddPrepositional(List<int> holders, string? verb, int noun)
    {
        var preposition = PrepositionOf(ref noun);
        if (preposition is null)
            return;
        foreach (var conjunct in tree.WithConjuncts(noun).Where(c => c == noun || tree.Preposition(c) is null))
        {
            var target = reader.EntityOf(reader.Resolve(conjunct));
            if (target < 0 || reader.IsNegated(conjunct))
                continue;
            foreach (var holder in holders.Where(h => h != target && !reader.IsAbsent(h)))
                relations.Add(new SceneRelation(holder, verb is null ? preposition : $"{verb} {preposition}", target));
        }
    }

    /// <summary>The preposition of a noun. Where the noun is a part of space with "of" ("in the corner of the room"),
    /// the whole is the preposition and <paramref name="noun"/> becomes the noun behind it.</summary>
    private string? PrepositionOf(ref int noun)
    {
        var preposition = tree.Preposition(noun);
        if (preposition is null)
            return null;
        if (WordLists.Spatial.Contains(tree.Forms[noun]))
        {
            var behind = tree.Children(noun, "nmod").FirstOrDefault(c => tree.Preposition(c) == "of", -1);
            if (behind >= 0)
            {
                var determiner = tree.Child(noun, "det");
                var middle = determiner >= 0 && determiner < noun ? $"{tree.Forms[determiner]} " : "";
                preposition = $"{preposition} {middle}{tree.Forms[noun]} of";
                noun = behind;
            }
        }
        return preposition;
    }

    /// <summary>"leap toward each other on a lawn", "attaches something to a roof": the phrase behind a word that names
    /// nothing belongs to what stands above it.</summary>
    private void ReadPronoun(int pronoun)
    {
        foreach (var child in tree.PrepositionalNouns(pronoun, "nmod")
            .Where(c => c > pronoun && tree.Preposition(c) != "of"))
            AddHigher(pronoun, child);
    }

    private void ReadNoun(int noun)
    {
        var holder = reader.EntityOf(reader.Resolve(noun));
        if (holder < 0)
        {
            ReadPronoun(noun);
            return;
        }
        foreach (var child in tree.PrepositionalNouns(noun, "nmod").Where(c => c > noun))
        {
            var preposition = tree.Preposition(child);
            if (preposition == "of" && (reader.IsFrame(noun) || !IsTag(noun) || !IsTag(child) || Spatial(noun)))
                continue;
            if (BelongsHigher(noun, child, preposition) && AddHigher(noun, child))
                continue;
            // "pose for a picture in the snow", "is in the air on a runway": what is no thing holds no phrase.
            if (!IsTag(noun) && preposition is not (null or "of" or "from") && tree.Preposition(noun) is not null
                && (AddHigher(noun, child) || AddToSubject(noun, child)))
            {
                continue;
            }
            AddPrepositional(preposition == "of" ? [holder] : roleReader.CoordinatedBefore(noun, holder, child), null,
                child);
        }
        // "A dog is on the beach", "There is a dog on the beach".
        var subject = tree.Child(noun, "nsubj");
        if (subject >= 0 && tree.Preposition(noun) is not null)
            AddPrepositional(roleReader.EntitiesOf(subject), null, noun);
        if (tree.Relations[noun] == "nsubj" && tree.Head(noun) is >= 0 and var verb && tree.Lemma(verb) == "be")
        {
            foreach (var oblique in tree.PrepositionalNouns(verb, "obl"))
                AddPrepositional(roleReader.EntitiesOf(noun), null, oblique);
        }
    }

    /// <summary>Whether a phrase that the parser hung on the nearest noun belongs to a word above it: "jumping into the
    /// air with their legs spread", "digging with a scoop on the beach".</summary>
    private bool BelongsHigher(int noun, int child, string? preposition)
    {
        var first = noun;
        while (tree.Relations[first] == "conj" && tree.Head(first) >= 0 && tree.IsNoun(tree.Head(first)))
            first = tree.Head(first);
        if (tree.Preposition(first) is not { } above || tree.IsAnimate(noun) || (above == "with"
            && tree.IsPossessed(noun)))
            return false;
        if (preposition == "with" && (tree.IsWorn(child) || tree.IsPossessed(child))
            && (!tree.IsWorn(noun) || above == "in"))
            return true;
        // "in a red top with a child": who is with the one who wears it; "with a bear on it" is what the top shows.
        if (preposition == "with" && above == "in" && tree.IsWorn(noun) && tree.IsAnimate(child)
            && !(child + 2 < tree.Count && tree.Forms[child + 1] is "on" or "across"
            && tree.Forms[child + 2] is "it" or "them" or "the"))
        {
            return true;
        }
        return above is "with" or "in" && preposition is "in" or "on" or "at" or "near" or "by" or "next to"
            or "in front of"
            && reader.EntityOf(child) is >= 0 and var place && reader.TypeOf(place) == TagType.Scene
            && (above == "with" || tree.IsWorn(noun));
    }

    /// <summary>Adds a prepositional phrase to the noun or the verb that <paramref name="noun"/> hangs on; false where
    /// there is none.</summary>
    private bool AddHigher(int noun, int child)
    {
        for (var up = tree.Head(noun); up >= 0; up = tree.Head(up))
        {
            if (tree.Universal(up) == PartOfSpeech.Verb && roleReader.IsAction(up))
            {
                var roles = roleReader.RolesOf(up);
                AddOblique(up, tree.Lemma(up), roles, roles.IsPassive || roles.Subjects.Count == 0
                    ? roles.Objects : roles.Subjects, child);
                return true;
            }
            var entity = tree.IsNoun(up) ? reader.EntityOf(reader.Resolve(up)) : -1;
            if (entity >= 0 && (tree.IsAnimate(reader.Resolve(up)) || tree.Preposition(up) is null))
            {
                AddPrepositional([entity], null, child);
                return true;
            }
        }
        return false;
    }

    private bool AddToSubject(int predicate, int child)
    {
        var subject = tree.Child(predicate, "nsubj");
        if (subject < 0)
            return false;
        AddPrepositional(roleReader.EntitiesOf(subject), null, child);
        return true;
    }

    /// <summary>"full of flowers", "next to a tree".</summary>
    private void ReadAdjective(int adjective)
    {
        var holders = tree.Child(adjective, "nsubj") is >= 0 and var subject
            && tree.Universal(subject) != PartOfSpeech.Pron ? roleReader.EntitiesOf(subject)
            // "getting ready for a match": who gets ready.
            : tree.Relations[adjective] == "xcomp" && tree.Head(adjective) is >= 0 and var verb
                && tree.Universal(verb) == PartOfSpeech.Verb && !roleReader.IsAction(verb)
                ? roleReader.RolesOf(verb).Subjects
            : tree.Relations[adjective] is "amod" or "acl" or "advmod" && tree.Head(adjective) is >= 0 and var head
                && tree.IsNoun(head) && head < adjective ? roleReader.EntitiesOf(head)
            : tree.FullRelation(adjective) == "acl:relcl" && tree.Head(adjective) >= 0
            ? roleReader.EntitiesOf(tree.Head(adjective), withConjuncts: false) : [];
        if (tree.Forms[adjective] is "about" or "next" or "close")
            return;
        foreach (var oblique in tree.Children(adjective, "obl").Concat(tree.Children(adjective, "nmod"))
            .Where(o => o > adjective))
            AddPrepositional(holders, tree.Forms[adjective], oblique);
    }

    private bool Spatial(int noun) => WordLists.Spatial.Contains(tree.Forms[noun]);

    private bool IsTag(int noun) => reader.EntityOf(noun) is >= 0 and var entity && reader.TypeOf(entity) is not null;

    private static IEnumerable<int?> OrNone(List<int> entities) =>
        entities.Count == 0 ? [null] : entities.Select(e => (int?)e);
}
