namespace Gloss.Text.Parsing;

/// <summary>
/// Makes annotated sentences in the manner of captions from a small grammar and everyday words, because treebanks
/// hardly know the fragments that captions are made of ("Two dogs running through the snow"). Tags and trees follow
/// Universal Dependencies.
/// </summary>
public sealed class SyntheticCaptions
{
    private static readonly PosTag Determiner = new(PartOfSpeech.Det, "DT");
    private static readonly PosTag Singular = new(PartOfSpeech.Noun, "NN");
    private static readonly PosTag Plural = new(PartOfSpeech.Noun, "NNS");
    private static readonly PosTag Adjective = new(PartOfSpeech.Adj, "JJ");
    private static readonly PosTag Preposition = new(PartOfSpeech.Adp, "IN");
    private static readonly PosTag Particle = new(PartOfSpeech.Adp, "RP");
    private static readonly PosTag Conjunction = new(PartOfSpeech.Cconj, "CC");
    private static readonly PosTag Cardinal = new(PartOfSpeech.Num, "CD");
    private static readonly PosTag Present = new(PartOfSpeech.Verb, "VBZ");
    private static readonly PosTag PresentPlural = new(PartOfSpeech.Verb, "VBP");
    private static readonly PosTag Gerund = new(PartOfSpeech.Verb, "VBG");
    private static readonly PosTag Participle = new(PartOfSpeech.Verb, "VBN");

    private readonly Dictionary<string, string[]> words = TextResource.Lines("Parsing.caption-words.txt")
        .Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries))
        .ToDictionary(parts => parts[0], parts => parts[1].Split(',', StringSplitOptions.TrimEntries));

    private readonly Random random;

    private SyntheticCaptions(int seed) => random = new Random(seed);

    /// <summary>Makes sentences; the same seed makes the same ones.</summary>
    public static IEnumerable<IReadOnlyList<ConlluToken>> Generate(int count, int seed)
    {
        var grammar = new SyntheticCaptions(seed);
        for (var i = 0; i < count; i++)
            yield return grammar.Sentence();
    }

    private List<ConlluToken> Sentence()
    {
        var root = random.Next(10) switch
        {
            0 or 1 => Fragment(),
            2 or 3 => Clause(progressive: false),
            4 or 5 => Clause(progressive: true),
            6 => WithWhile(Clause(progressive: random.Next(2) == 0)),
            7 => PassiveClause(),
            8 => Coordinated(Clause(progressive: random.Next(2) == 0)),
            _ => NounPhrase("things", depth: 0),
        };
        if (random.Next(4) != 0)
            root.After(new Node(".", ".", new PosTag(PartOfSpeech.Punct, ".")), "punct");
        var tokens = new List<ConlluToken>();
        root.Write(tokens, "root", capital: random.Next(3) != 0);
        return tokens;
    }

    /// <summary>"Two dogs running through the snow".</summary>
    private Node Fragment()
    {
        var (subject, _) = Subject();
        return subject.After(VerbPhrase(Gerund, depth: 1), "acl");
    }

    private Node Clause(bool progressive)
    {
        var (subject, plural) = Subject();
        if (!progressive)
            return VerbPhrase(plural ? PresentPlural : Present, depth: 1).Before(subject, "nsubj");
        return VerbPhrase(Gerund, depth: 1).Before(Be(plural), "aux").Before(subject, "nsubj");
    }

    private Node PassiveClause()
    {
        var (subject, plural) = random.Next(2) == 0 ? Subject() : NounWithNumber("things");
        var entry = Pick("passive").Split(':');
        var verb = new Node(entry[1], entry[0].TrimEnd('+'), Participle);
        verb.After(Case(NounPhrase(Any("people", "animals", "things", "mass"), 1), random.Next(2) == 0 ? "by" : "with"),
            "obl");
        return random.Next(2) == 0
            ? subject.After(verb, "acl")
            : verb.Before(Be(plural), "aux:pass").Before(subject, "nsubj:pass");
    }

    private Node WithWhile(Node clause)
    {
        var verb = VerbPhrase(Gerund, depth: 1);
        if (random.Next(2) == 0)
            verb.Before(new Node("while", "while", new PosTag(PartOfSpeech.Sconj, "IN")), "mark");
        return clause.After(verb, "advcl");
    }

    private Node Coordinated(Node clause)
    {
        var tag = clause.Tag;
        var other = VerbPhrase(tag, depth: 1);
        return clause.After(other.Before(new Node("and", "and", Conjunction), "cc"), "conj");
    }

    private (Node Node, bool Plural) Subject()
    {
        var (node, plural) = NounWithNumber(random.Next(4) == 0 ? "animals" : "people");
        if (random.Next(7) == 0)
        {
            var other = NounPhrase(random.Next(2) == 0 ? "animals" : "people", 1);
            node.After(other.Before(new Node("and", "and", Conjunction), "cc"), "conj");
            plural = true;
        }
        if (random.Next(4) == 0)
            node.After(Case(NounPhrase("things", 1), random.Next(2) == 0 ? "in" : "with"), "nmod");
        return (node, plural);
    }

    private Node NounPhrase(string kind, int depth)
    {
        var (node, _) = NounWithNumber(kind);
        if (depth < 2 && random.Next(5) == 0)
            node.After(Case(NounPhrase(Any("things", "places", "mass"), depth + 1), Pick("prepositions")), "nmod");
        if (depth < 2 && random.Next(12) == 0)
            node.After(VerbPhrase(Gerund, depth + 1), "acl");
        return node;
    }

    private (Node Node, bool Plural) NounWithNumber(string kind)
    {
        if (kind == "mass")
        {
            var mass = Pick("mass");
            return (Modify(new Node(mass, mass, Singular), "", false), false);
        }
        if (kind is "things" or "places" && random.Next(5) == 0)
        {
            var pair = Pick("compounds").Split(' ');
            var head = new Node(pair[1], pair[1], Singular);
            head.Before(new Node(pair[0], pair[0], Singular), "compound");
            return (Modify(head, "a", false), false);
        }
        var forms = Pick(kind).Split(' ');
        var plural = random.Next(4) == 0;
        var node = new Node(forms[plural ? 1 : 0], forms[0], plural ? Plural : Singular);
        return (Modify(node, "a", plural), plural);
    }

    private Node Modify(Node noun, string article, bool plural)
    {
        var modifiers = random.Next(5) switch { 0 or 1 => 1, 2 when random.Next(2) == 0 => 2, _ => 0 };
        for (var i = 0; i < modifiers; i++)
        {
            if (i == 0 && random.Next(6) == 0)
            {
                var form = Pick("prenominal");
                noun.Before(new Node(form, form, form.EndsWith("ing", StringComparison.Ordinal) ? Gerund : Participle),
                    "amod");
            }
            else
            {
                var form = Pick("adjectives");
                noun.Before(new Node(form, form, Adjective), "amod");
            }
        }
        if (plural)
        {
            if (random.Next(2) == 0)
            {
                var number = Any("two", "three", "four", "five", "several", "many", "some");
                var tag = number is "several" or "many" ? Adjective : number == "some" ? Determiner : Cardinal;
                noun.Before(new Node(number, number, tag), number == "some" ? "det" : tag == Adjective
                    ? "amod" : "nummod");
            }
        }
        else if (random.Next(article.Length == 0 ? 3 : 12) > (article.Length == 0 ? 1 : 0))
        {
            switch (random.Next(6))
            {
                case 0:
                    var possessive = Any("his", "her", "their", "its");
                    noun.Before(new Node(possessive, possessive, new PosTag(PartOfSpeech.Pron, "PRP$")), "nmod:poss");
                    break;
                case 1 or 2:
                    noun.Before(new Node("the", "the", Determiner), "det");
                    break;
                default:
                    if (article.Length == 0)
                        noun.Before(new Node("the", "the", Determiner), "det");
                    else
                        noun.Before(new Node(noun.StartsWithVowel ? "an" : "a", "a", Determiner), "det");
                    break;
            }
        }
        return noun;
    }

    private Node VerbPhrase(PosTag tag, int depth)
    {
        var transitive = random.Next(2) == 0;
        var lemma = Pick(transitive ? "transitive" : "intransitive");
        var verb = new Node(Inflect(lemma, tag.Penn), lemma.Split(':')[0].TrimEnd('+'), tag);
        if (transitive)
        {
            var target = NounPhrase(Any("things", "things", "mass", "people", "animals"), depth);
            verb.After(target, "obj");
            if (random.Next(10) == 0)
                target.After(NounPhrase("things", 2).Before(new Node("and", "and", Conjunction), "cc"), "conj");
        }
        else if (random.Next(8) == 0)
        {
            var particle = Pick("particles");
            verb.After(new Node(particle, particle, Particle), "compound:prt");
        }
        if (!transitive || random.Next(3) == 0)
            verb.After(Case(NounPhrase(Any("places", "places", "things", "mass"), depth), Pick("prepositions")), "obl");
        if (random.Next(6) == 0)
            verb.After(Case(NounPhrase("places", 2), Pick("prepositions")), "obl");
        return verb;
    }

    private static Node Case(Node noun, string preposition) =>
        noun.Before(new Node(preposition, preposition, Preposition), "case");

    private static Node Be(bool plural) =>
        new(plural ? "are" : "is", "be", new PosTag(PartOfSpeech.Aux, plural ? "VBP" : "VBZ"));

    private static string Inflect(string entry, string penn)
    {
        var lemma = entry.Split(':')[0];
        var doubles = lemma.EndsWith('+');
        lemma = lemma.TrimEnd('+');
        return penn switch
        {
            "VBZ" when lemma[^1] is 's' or 'x' or 'z' || lemma.EndsWith("ch", StringComparison.Ordinal)
                || lemma.EndsWith("sh", StringComparison.Ordinal) => lemma + "es",
            "VBZ" when lemma[^1] == 'y' && lemma[^2] is not ('a' or 'e' or 'o' or 'u') => lemma[..^1] + "ies",
            "VBZ" => lemma + "s",
            "VBG" when lemma == "lie" => "lying",
            "VBG" when lemma[^1] == 'e' && lemma[^2] is not ('e' or 'o' or 'y') => lemma[..^1] + "ing",
            "VBG" => lemma + (doubles ? lemma[^1..] : "") + "ing",
            _ => lemma,
        };
    }

    private string Pick(string kind)
    {
        var list = words[kind];
        return list[random.Next(list.Length)];
    }

    private string Any(params ReadOnlySpan<string> choices) => choices[random.Next(choices.Length)];

    /// <summary>A word with the words that depend on it, in the order of the sentence.</summary>
    private sealed class Node(string form, string lemma, PosTag tag)
    {
        private readonly List<(Node Node, string Relation)> left = [];
        private readonly List<(Node Node, string Relation)> right = [];

        public PosTag Tag => tag;

        public bool StartsWithVowel => (left.Count > 0 ? left[0].Node.Form : form)[0] is 'a' or 'e' or 'i'
            or 'o' or 'u';

        private string Form => form;

        /// <summary>Puts a dependent before all that already stand before the word.</summary>
        public Node Before(Node node, string relation)
        {
            left.Insert(0, (node, relation));
            return this;
        }

        /// <summary>Puts a dependent behind all that already stand behind the word.</summary>
        public Node After(Node node, string relation)
        {
            right.Add((node, relation));
            return this;
        }

        public void Write(List<ConlluToken> tokens, string relation, bool capital)
        {
            Write(tokens, relation);
            if (capital)
            {
                var first = tokens[0];
                tokens[0] = first with { Form = char.ToUpperInvariant(first.Form[0]) + first.Form[1..] };
            }
        }

        private int Write(List<ConlluToken> tokens, string relation)
        {
            var dependents = new List<int>();
            foreach (var (node, childRelation) in left)
                dependents.Add(node.Write(tokens, childRelation));
            tokens.Add(new ConlluToken(form, lemma, tag, 0, relation, SpaceAfter: true));
            var self = tokens.Count - 1;
            foreach (var (node, childRelation) in right)
                dependents.Add(node.Write(tokens, childRelation));
            foreach (var index in dependents)
                tokens[index] = tokens[index] with { Head = self + 1 };
            return self;
        }
    }
}
