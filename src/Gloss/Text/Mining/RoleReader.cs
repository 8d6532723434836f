using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>Tells of the verbs of a sentence who acts and what is acted upon.</summary>
internal sealed class RoleReader(EntityReader reader)
{
    private readonly SentenceTree tree = reader.Tree;

    /// <summary>Whether a verb is an action: no copula, no auxiliary, no participle that is an attribute.</summary>
    public bool IsAction(int i)
    {
        if (tree.Universal(i) != PartOfSpeech.Verb
            || tree.Relations[i] is "amod" or "compound" or "case" or "aux" or "cop" or "fixed" or "mark" or "cc"
            or "det")
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

    /// <summary>The entities that a word and those coordinated with it stand for.</summary>
    public List<int> EntitiesOf(int word, bool withConjuncts = true)
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

    /// <summary>The entity of a noun and, where the noun is coordinated with others before word <paramref name="at"/>
    /// ("a man
    /// and a dog on a boat"), of those; only in the subject's place: "in a shirt and jeans" are no holders.</summary>
    public List<int> CoordinatedBefore(int noun, int entity, int at)
    {
        var first = noun;
        while (tree.Relations[first] == "conj" && tree.Head(first) >= 0 && tree.IsNoun(tree.Head(first)))
            first = tree.Head(first);
        // "a pile of oranges and bananas": the pile's place counts.
        var place = tree.Relations[first] == "nmod" && tree.Head(first) >= 0
            && reader.IsFrame(tree.Head(first)) ? tree.Head(first) : first;
        if (tree.Relations[place] is not ("root" or "nsubj"))
            return [entity];
        var found = tree.WithConjuncts(first).Where(c => c < at)
            .Select(c => reader.EntityOf(reader.Resolve(c))).Where(e => e >= 0).Distinct().ToList();
        return found.Contains(entity) ? found : [entity];
    }

    /// <summary>Who does what to whom, as entities.</summary>
    public VerbRoles RolesOf(int verb, int depth = 0)
    {
        var roles = new VerbRoles();
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
                    roles.Objects.AddRange(tree.FullRelation(verb) == "acl:relcl"
                        && tree.Forms[child] is "which" or "that" or "who"
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
        if (tree.Penn(verb) == "VBN" && subject == -1 && !roles.HasObject
            && !tree.Children(verb, "aux").Any(c => tree.Lemma(c) == "have"))
            roles.IsPassive = true;
        foreach (var oblique in tree.Children(verb, "obl"))
        {
            if (tree.Preposition(oblique) == "by" && (roles.IsPassive || tree.FullRelation(oblique) == "obl:agent")
                && !(WordLists.IsScene(tree.Lemma(oblique)) && tree.Child(oblique, "det") >= 0)
                && !(IsPutSomewhere(verb) && !tree.IsAnimate(oblique)))
            {
                roles.Agent = oblique;
                roles.Subjects.AddRange(EntitiesOf(oblique));
            }
        }
        if (subject >= 0 && tree.Universal(subject) == PartOfSpeech.Pron && !reader.IsFrame(subject))
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

    // "parked by a wall", "lined up by the door": where it is, and no one's doing.
    private bool IsPutSomewhere(int verb) => tree.Lemma(verb) is "park" or "seat" or "place" or "locate" or "position"
        or "gather" or "dock"
        or "moor" or "anchor" or "stack" || (tree.Lemma(verb) == "line"
        && tree.Children(verb).Any(c => tree.Forms[c] == "up"));

    /// <summary>Who the subject of a verb without one is, from the words it depends on.</summary>
    private List<int> Inherited(int verb, int depth)
    {
        var head = tree.Head(verb);
        // "a male and a female , both wearing yellow": the word between stands for those before it.
        if (!tree.IsNoun(head) && tree.Forms[head] is "both" or "each" or "all" or "some" or "one" or "two" or "three"
            && depth < 4
            && tree.Relations[verb] is "acl" or "advcl" or "parataxis" && tree.Head(head) is >= 0 and var antecedent
            && tree.IsNoun(antecedent))
        {
            return tree.Forms[head] is "both" or "all" or "each" ? EntitiesOf(antecedent) : [];
        }
        // "two of the children wearing hats".
        if (!tree.IsNoun(head) && reader.IsFrame(head))
            return EntitiesOf(head);
        if (tree.Relations[verb] is "acl" or "nmod" or "amod" || tree.IsNoun(head))
        {
            if (tree.Relations[verb] is "acl" or "parataxis" or "advcl" or "conj" or "dep" && tree.IsNoun(head))
            {
                var nominalSubject = tree.Child(head, "nsubj");
                var holder = nominalSubject >= 0 ? nominalSubject : head;
                // "in front of a store displaying shoes": the store displays.
                if (WordLists.Spatial.Contains(tree.Forms[holder])
                    && tree.Children(holder, "nmod").FirstOrDefault(c =>
                    tree.Preposition(c) == "of", -1) is >= 0 and var whole)
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
                if (tree.Penn(verb) is "VBG" or "VB" && entity >= 0 && Actor(reader.Resolve(holder), verb,
                    depth) is { Count: > 0 } actors)
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
            return tree.IsNoun(tree.Head(head)) ? EntitiesOf(tree.Head(head)) : tree.Head(head) >= 0
                ? Inherited(head, depth + 1) : [];
        }
        var roles = RolesOf(head, depth + 1);
        // "watch him play", "help a girl climb": the object of the first verb acts.
        if (tree.Relations[verb] is "xcomp" or "ccomp" && roles.HasObject && !roles.IsPassive)
            return roles.Objects;
        return roles.IsPassive && roles.Objects.Count > 0 ? roles.Objects : roles.Subjects;
    }

    /// <summary>"A man with a grey shirt looking at a map": a participle that the parser hung on a thing belongs to
    /// the one who has
    /// it on, or who acts in front of it; empty where the thing may act itself or stands alone.</summary>
    private List<int> Actor(int thing, int verb, int depth)
    {
        if (tree.IsAnimate(thing) || tree.Lemma(verb) is "say" or "fly" or "hang" or "contain" or "show" or "display"
            or "feature" or "cover"
            or "surround" or "overlook" or "depict" or "advertise" or "come" or "flow" or "blow" or "fall" or "grow"
            or "burn" or "shine"
            || (tree.Lemma(verb) == "read" && (tree.Child(verb, "obj") < 0 || IsLettered(thing))))
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
                var roles = RolesOf(head, depth + 1);
                // "a cat hidden behind a fence looking out": the cat.
                var subjects = roles.IsPassive && roles.Subjects.Count == 0 ? roles.Objects : roles.Subjects;
                return subjects.Count > 0 && subjects.All(s => reader.IsAnimate(s)) ? subjects : [];
            }
            else
            {
                return [];
            }
        }
        return [];
    }

    // "a sign reading WELCOME BIKERS": what stands on it, and no one's reading.
    private bool IsLettered(int thing) => tree.IsWorn(thing) || tree.Lemma(thing) is "sign" or "banner" or "poster"
        or "placard" or "board"
        or "billboard" or "label" or "sticker" or "flag" or "plaque";

    private bool IsParticiple(int i) => tree.Universal(i) == PartOfSpeech.Verb && tree.Penn(i) is "VBN" or "VBD";
}
