using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>Reads the verbs and prepositions of a sentence as actions and relations between its entities.</summary>
internal sealed class ClauseReader(EntityReader reader, List<SceneAction> actions, List<SceneRelation> relations)
{
    private readonly SentenceTree tree = reader.Tree;

    /// <summary>Adds the sentence's actions and relations.</summary>
    public void Read()
    {
        for (var i = 0; i < tree.Count; i++)
        {
            if (IsAction(i))
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

    private bool IsAction(int i)
    {
        if (tree.Universal(i) != PartOfSpeech.Verb
            || tree.Relations[i] is "amod" or "compound" or "case" or "aux" or "cop" or "fixed" or "mark" or "cc" or "det")
        {
            return false;
        }
        if (tree.Relations[i] == "acl" && tree.Penn(i) == "VBN" && tree.Children(i).Count == 0)
            return false;
        // A participle coordinated with one before a noun is an attribute too.
        if (tree.Relations[i] == "conj" && tree.Head(i) >= 0 && tree.Relations[tree.Head(i)] == "amod")
            return false;
        return !(tree.Lemma(i) is "be" or "seem" or "appear" or "become"
            || (tree.Lemma(i) == "get" && (IsParticiple(i + 1)
                || tree.Children(i).Any(c => tree.Universal(c) is PartOfSpeech.Adj or PartOfSpeech.Verb))));
    }

    private bool IsParticiple(int i) => tree.Universal(i) == PartOfSpeech.Verb && tree.Penn(i) is "VBN" or "VBD";

    private void ReadVerb(int verb)
    {
        var roles = RolesOf(verb, depth: 0);
        var lemma = tree.Lemma(verb);
        // The parser may take the particle for an adverb or a phrase of its own; the list of phrasal verbs decides.
        var particle = tree.Children(verb).FirstOrDefault(c => c > verb && tree.Relations[c] is "compound" or "advmod" or "obl"
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
        if (obliques.Count == 0 && roles.Objects.Count == 0 && tree.Child(verb, "conj") is >= 0 and var other && IsAction(other))
            obliques = [.. tree.PrepositionalNouns(other, "obl")];
        foreach (var oblique in obliques)
            AddOblique(verb, name, roles, holders, oblique);
    }

    private void AddOblique(int verb, string name, Roles roles, List<int> holders, int oblique)
    {
        // "has a ball in its mouth": where the ball is, not where the having happens.
        if (tree.Lemma(verb) == "have" && roles.Objects.Count > 0 && oblique > verb)
            AddPrepositional(roles.Objects, null, oblique);
        // "wearing pants with stars", "wearing a cap on a roof": of the pants; and where someone is, not where the wearing happens.
        else if (tree.Lemma(verb) == "wear" && tree.Preposition(oblique) == "with" && !tree.IsWorn(oblique) && roles.Objects.Count > 0)
            AddPrepositional(roles.Objects, null, oblique);
        else if (tree.Lemma(verb) == "wear" && tree.Preposition(oblique) is "on" or "in" or "at" or "near" or "by" or "in front of"
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
            foreach (var holder in holders.Where(h => h != target))
                relations.Add(new SceneRelation(holder, verb is null ? preposition : $"{verb} {preposition}", target));
        }
    }

    /// <summary>The preposition of a noun. Where the noun is a part of space with "of" ("in the corner of the room"), the whole
    /// is the preposition and <paramref name="noun"/> becomes the noun behind it.</summary>
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

    /// <summary>"leap toward each other on a lawn", "attaches something to a roof": the phrase behind a word that names nothing
    /// belongs to what stands above it.</summary>
    private void ReadPronoun(int pronoun)
    {
        foreach (var child in tree.PrepositionalNouns(pronoun, "nmod").Where(c => c > pronoun && tree.Preposition(c) != "of"))
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
            AddPrepositional(preposition == "of" ? [holder] : CoordinatedBefore(noun, holder, child), null, child);
        }
        // "A dog is on the beach", "There is a dog on the beach".
        var subject = tree.Child(noun, "nsubj");
        if (subject >= 0 && tree.Preposition(noun) is not null)
            AddPrepositional(EntitiesOf(subject), null, noun);
        if (tree.Relations[noun] == "nsubj" && tree.Head(noun) is >= 0 and var verb && tree.Lemma(verb) == "be")
        {
            foreach (var oblique in tree.PrepositionalNouns(verb, "obl"))
                AddPrepositional(EntitiesOf(noun), null, oblique);
        }
    }

    /// <summary>Whether a phrase that the parser hung on the nearest noun belongs to a word above it: "jumping into the air with
    /// their legs spread", "digging with a scoop on the beach".</summary>
    private bool BelongsHigher(int noun, int child, string? preposition)
    {
        if (tree.Preposition(noun) is not { } above || tree.IsAnimate(noun) || (above == "with" && tree.IsPossessed(noun)))
            return false;
        if (preposition == "with" && (tree.IsWorn(child) || tree.IsPossessed(child)) && (!tree.IsWorn(noun) || above == "in"))
            return true;
        return above is "with" or "in" && preposition is "in" or "on" or "at" or "near" or "by" or "next to" or "in front of"
            && reader.EntityOf(child) is >= 0 and var place && reader.TypeOf(place) == TagType.Scene
            && (above == "with" || tree.IsWorn(noun));
    }

    /// <summary>Adds a prepositional phrase to the noun or the verb that <paramref name="noun"/> hangs on; false where there is
    /// none.</summary>
    private bool AddHigher(int noun, int child)
    {
        for (var up = tree.Head(noun); up >= 0; up = tree.Head(up))
        {
            if (tree.Universal(up) == PartOfSpeech.Verb && IsAction(up))
            {
                var roles = RolesOf(up, depth: 0);
                AddOblique(up, tree.Lemma(up), roles, roles.IsPassive || roles.Subjects.Count == 0 ? roles.Objects : roles.Subjects, child);
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
        AddPrepositional(EntitiesOf(subject), null, child);
        return true;
    }

    /// <summary>"full of flowers", "next to a tree".</summary>
    private void ReadAdjective(int adjective)
    {
        var holders = tree.Child(adjective, "nsubj") is >= 0 and var subject && tree.Universal(subject) != PartOfSpeech.Pron ? EntitiesOf(subject)
            // "getting ready for a match": who gets ready.
            : tree.Relations[adjective] == "xcomp" && tree.Head(adjective) is >= 0 and var verb
                && tree.Universal(verb) == PartOfSpeech.Verb && !IsAction(verb) ? RolesOf(verb, depth: 0).Subjects
            : tree.Relations[adjective] is "amod" or "acl" or "advmod" && tree.Head(adjective) is >= 0 and var head
                && tree.IsNoun(head) && head < adjective ? EntitiesOf(head)
            : tree.FullRelation(adjective) == "acl:relcl" && tree.Head(adjective) >= 0 ? EntitiesOf(tree.Head(adjective), withConjuncts: false) : [];
        if (tree.Forms[adjective] is "about" or "next" or "close")
            return;
        foreach (var oblique in tree.Children(adjective, "obl").Concat(tree.Children(adjective, "nmod")).Where(o => o > adjective))
            AddPrepositional(holders, tree.Forms[adjective], oblique);
    }

    private bool Spatial(int noun) => WordLists.Spatial.Contains(tree.Forms[noun]);

    private bool IsTag(int noun) => reader.EntityOf(noun) is >= 0 and var entity && reader.TypeOf(entity) is not null;

    /// <summary>Who does what to whom, as entities.</summary>
    private Roles RolesOf(int verb, int depth)
    {
        var roles = new Roles();
        var subject = -1;
        foreach (var child in tree.Children(verb))
        {
            switch (tree.FullRelation(child))
            {
                case "nsubj":
                    subject = child;
                    break;
                case "nsubj:pass":
                    roles.IsPassive = true;
                    // "a shed which is covered": the shed.
                    roles.Objects.AddRange(tree.FullRelation(verb) == "acl:relcl" && tree.Forms[child] is "which" or "that" or "who"
                        ? EntitiesOf(tree.Head(verb), withConjuncts: false) : EntitiesOf(child));
                    roles.HasObject = true;
                    subject = subject < 0 ? -2 : subject;
                    break;
                case "aux:pass":
                    roles.IsPassive = true;
                    break;
                case "obj":
                    roles.Objects.AddRange(EntitiesOf(child));
                    roles.HasObject = true;
                    break;
            }
        }
        // "getting squirted by water", where the parser took the patient for a subject.
        if (tree.Penn(verb) == "VBN" && subject >= 0 && !roles.HasObject
            && tree.Children(verb, "aux").Any(c => tree.Lemma(c) is "be" or "get")
            && !tree.Children(verb, "aux").Any(c => tree.Lemma(c) == "have"))
        {
            roles.IsPassive = true;
            roles.HasObject = true;
            if (tree.Universal(subject) != PartOfSpeech.Pron)
                roles.Objects.AddRange(EntitiesOf(subject));
            subject = -2;
        }
        var isRelative = tree.FullRelation(verb) is "acl:relcl";
        if (tree.Penn(verb) == "VBN" && subject == -1 && !roles.HasObject && !tree.Children(verb, "aux").Any(c => tree.Lemma(c) == "have"))
            roles.IsPassive = true;
        foreach (var oblique in tree.Children(verb, "obl"))
        {
            if (tree.Preposition(oblique) == "by" && (roles.IsPassive || tree.FullRelation(oblique) == "obl:agent")
                && !(WordLists.IsScene(tree.Lemma(oblique)) && tree.Child(oblique, "det") >= 0))
            {
                roles.Agent = oblique;
                roles.Subjects.AddRange(EntitiesOf(oblique));
            }
        }
        if (subject >= 0 && tree.Universal(subject) == PartOfSpeech.Pron)
        {
            if (isRelative && tree.Forms[subject] is "who" or "that" or "which" && tree.Head(verb) >= 0)
                roles.Subjects.AddRange(EntitiesOf(tree.Head(verb), withConjuncts: false));
        }
        else if (subject >= 0)
        {
            roles.Subjects.AddRange(EntitiesOf(subject));
        }
        var own = subject >= 0 || roles.IsPassive && roles.HasObject;
        if (isRelative && subject >= 0 && !roles.HasObject && tree.Forms[subject] is not ("who" or "that" or "which"))
            roles.Objects.AddRange(EntitiesOf(tree.Head(verb), withConjuncts: false));
        if (own || depth > 6 || tree.Head(verb) < 0)
            return roles;
        var heirs = Inherited(verb, depth);
        if (roles.IsPassive)
            roles.Objects.AddRange(heirs.Except(roles.Objects));
        else if (roles.Subjects.Count == 0)
            roles.Subjects.AddRange(heirs.Except(roles.Objects));
        return roles;
    }

    /// <summary>Who the subject of a verb without one is, from the words it depends on.</summary>
    private List<int> Inherited(int verb, int depth)
    {
        var head = tree.Head(verb);
        // "a male and a female , both wearing yellow": the word between stands for those before it.
        if (!tree.IsNoun(head) && tree.Forms[head] is "both" or "each" or "all" or "some" or "one" or "two" or "three" && depth < 4
            && tree.Relations[verb] is "acl" or "advcl" or "parataxis" && tree.Head(head) is >= 0 and var antecedent && tree.IsNoun(antecedent))
        {
            return tree.Forms[head] is "both" or "all" or "each" ? EntitiesOf(antecedent) : [];
        }
        if (tree.Relations[verb] is "acl" or "nmod" or "amod" || tree.IsNoun(head))
        {
            if (tree.Relations[verb] is "acl" or "parataxis" or "advcl" or "conj" or "dep" && tree.IsNoun(head))
            {
                var nominalSubject = tree.Child(head, "nsubj");
                var holder = nominalSubject >= 0 ? nominalSubject : head;
                // "in front of a store displaying shoes": the store displays.
                if (Spatial(holder)
                    && tree.Children(holder, "nmod").FirstOrDefault(c => tree.Preposition(c) == "of", -1) is >= 0 and var whole)
                {
                    holder = whole;
                }
                var entity = reader.EntityOf(reader.Resolve(holder));
                // "carries equipment to play", "makes an attempt at catching": who carries, who attempts.
                if (entity >= 0 && tree.Relations[head] == "obj" && tree.Head(head) >= 0 && IsAction(tree.Head(head))
                    && (reader.TypeOf(entity) is null || tree.Penn(verb) == "VB"))
                {
                    return RolesOf(tree.Head(head), depth + 1).Subjects;
                }
                if (tree.Penn(verb) is "VBG" or "VB" && entity >= 0 && Actor(reader.Resolve(holder), verb, depth) is { Count: > 0 } actors)
                    return actors;
                return tree.Penn(verb) is "VBG" or "VBN" or "VB" or "VBZ" or "VBP"
                    ? entity >= 0 ? CoordinatedBefore(reader.Resolve(holder), entity, verb) : [] : [];
            }
            return [];
        }
        // "is about to walk": who is about to.
        if (tree.Universal(head) == PartOfSpeech.Adv && tree.Child(head, "nsubj") is >= 0 and var about)
            return tree.Universal(about) == PartOfSpeech.Pron ? [] : EntitiesOf(about);
        if (tree.Universal(head) is not (PartOfSpeech.Verb or PartOfSpeech.Adj or PartOfSpeech.Aux))
            return [];
        if (tree.Universal(head) == PartOfSpeech.Adj || !IsAction(head))
        {
            // "gets his hair cut by a barber": the hair is cut.
            if (tree.Penn(verb) == "VBN" && tree.Child(head, "obj") is >= 0 and var patient)
                return EntitiesOf(patient);
            var nominal = tree.Child(head, "nsubj");
            if (nominal >= 0 && tree.Universal(nominal) != PartOfSpeech.Pron)
                return EntitiesOf(nominal);
            return tree.IsNoun(tree.Head(head)) ? EntitiesOf(tree.Head(head)) : tree.Head(head) >= 0 ? Inherited(head, depth + 1) : [];
        }
        var roles = RolesOf(head, depth + 1);
        // "watch him play", "help a girl climb": the object of the first verb acts.
        if (tree.Relations[verb] is "xcomp" or "ccomp" && roles.HasObject && !roles.IsPassive)
            return roles.Objects;
        return roles.IsPassive && roles.Objects.Count > 0 ? roles.Objects : roles.Subjects;
    }

    /// <summary>"A man with a grey shirt looking at a map": a participle that the parser hung on a thing belongs to the one who has
    /// it on, or who acts in front of it; empty where the thing may act itself or stands alone.</summary>
    private List<int> Actor(int thing, int verb, int depth)
    {
        if (tree.IsAnimate(thing) || tree.Lemma(verb) is "say" or "read" or "hang" or "contain" or "show" or "display" or "feature" or "cover"
            or "surround" or "overlook" or "depict" or "advertise" or "come" or "flow" or "blow" or "fall" or "grow" or "burn" or "shine")
        {
            return [];
        }
        for (var (up, steps) = (thing, 0); up >= 0 && steps < 4; steps++)
        {
            var head = tree.Head(up);
            if (head < 0)
                return [];
            if (tree.IsNoun(head))
            {
                if (tree.Preposition(up) is null && tree.Relations[up] != "conj")
                    return [];
                var owner = reader.Resolve(head);
                if (tree.IsAnimate(owner) && reader.EntityOf(owner) is >= 0 and var entity)
                    return CoordinatedBefore(owner, entity, verb);
                up = head;
            }
            else if (tree.Universal(head) == PartOfSpeech.Verb && head != verb && IsAction(head)
                && (tree.IsWorn(thing) || tree.Preposition(up) is not null || tree.Penn(verb) == "VB"))
            {
                var subjects = RolesOf(head, depth + 1).Subjects;
                return subjects.Count > 0 && subjects.All(s => reader.IsAnimate(s)) ? subjects : [];
            }
            else
            {
                return [];
            }
        }
        return [];
    }

    private List<int> EntitiesOf(int word, bool withConjuncts = true)
    {
        var found = new List<int>();
        foreach (var conjunct in withConjuncts ? tree.WithConjuncts(word) : [word])
        {
            var entity = reader.EntityOf(reader.Resolve(conjunct));
            if (entity >= 0 && !found.Contains(entity))
                found.Add(entity);
        }
        return found;
    }

    /// <summary>The entity of a noun and, where the noun is coordinated with others before word <paramref name="at"/> ("a man
    /// and a dog on a boat"), of those; only in the subject's place: "in a shirt and jeans" are no holders.</summary>
    private List<int> CoordinatedBefore(int noun, int entity, int at)
    {
        var first = noun;
        while (tree.Relations[first] == "conj" && tree.Head(first) >= 0 && tree.IsNoun(tree.Head(first)))
            first = tree.Head(first);
        // "a pile of oranges and bananas": the pile's place counts.
        var place = tree.Relations[first] == "nmod" && tree.Head(first) >= 0 && reader.IsFrame(tree.Head(first)) ? tree.Head(first) : first;
        if (tree.Relations[place] is not ("root" or "nsubj"))
            return [entity];
        var found = tree.WithConjuncts(first).Where(c => c < at)
            .Select(c => reader.EntityOf(reader.Resolve(c))).Where(e => e >= 0).Distinct().ToList();
        return found.Contains(entity) ? found : [entity];
    }

    private static IEnumerable<int?> OrNone(List<int> entities) =>
        entities.Count == 0 ? [null] : entities.Select(e => (int?)e);

    private sealed class Roles
    {
        public List<int> Subjects { get; } = [];

        public List<int> Objects { get; } = [];

        public bool IsPassive { get; set; }

        public bool HasObject { get; set; }

        public int Agent { get; set; } = -1;
    }
}
