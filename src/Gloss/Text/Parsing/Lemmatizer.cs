namespace Gloss.Text.Parsing;

/// <summary>
/// Gives the dictionary form of an English word: a table of exceptions first (irregular verbs, then what treebanks
/// have), then rules for endings, which prefer a form that is a known word ("riding" gives "ride", "jumping" gives
/// "jump").
/// </summary>
public sealed class Lemmatizer
{
    private static readonly Lazy<Lemmatizer> LazyDefault = new(() =>
    {
        using var stream = TextResource.Open("Parsing.lemmas.tsv");
        using var reader = new StreamReader(stream);
        return Load(reader);
    });

    private static readonly HashSet<string> PluralOnly = TextResource.Words("Parsing.plural-only.txt");

    private static readonly Dictionary<string, string> IrregularVerbs =
        TextResource.Lines("Parsing.irregular-verbs.txt")
        .Select(line => line.Split(' ')).SelectMany(verb => verb.Skip(1).Select(form => (form, verb[0])))
            .ToDictionary();

    // Their plural looks like a singular in -us ("tutus").
    private static readonly HashSet<string> NounsInU = TextResource.Words("Parsing.nouns-in-u.txt");

    private readonly Dictionary<(char Class, string Form), string> exceptions;
    private readonly HashSet<(char Class, string Lemma)> known;

    internal Lemmatizer(
        Dictionary<(char Class, string Form), string> exceptions, HashSet<(char Class, string Lemma)> known)
    {
        this.exceptions = exceptions;
        this.known = known;
    }

    /// <summary>The lemmatizer that ships, learnt from UD English EWT and GUM; read at first use.</summary>
    public static Lemmatizer Default => LazyDefault.Value;

    /// <summary>The lower-case dictionary form of a word with that part of speech.</summary>
    public string Lemmatize(string word, PosTag tag)
    {
        ArgumentNullException.ThrowIfNull(word);
        var form = word.ToLowerInvariant();
        var wordClass = ClassOf(tag);
        if (wordClass == '\0' || form.Length < 2)
            return form;
        if (wordClass == 'N' && PluralOnly.Contains(form))
            return form;
        if (wordClass == 'V' && IrregularVerbs.TryGetValue(form, out var lemma))
            return lemma;
        if (exceptions.TryGetValue((wordClass, form), out lemma))
            return lemma;
        var hyphen = form.LastIndexOf('-');
        if (hyphen > 0 && hyphen < form.Length - 1 && wordClass == 'N')
            return form[..(hyphen + 1)] + Lemmatize(form[(hyphen + 1)..], tag);
        return ByRule(form, wordClass, tag.Penn);
    }

    /// <summary>Reads what <see cref="LemmatizerTrainer"/> learnt: "class TAB lemma" for a known word,
    /// "class TAB form TAB lemma" for an exception.</summary>
    public static Lemmatizer Load(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var exceptions = new Dictionary<(char, string), string>();
        var known = NounsInU.Select(noun => ('N', noun)).ToHashSet();
        var number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            var columns = line.Split('\t');
            if (columns.Length is < 2 or > 3 || columns[0].Length != 1)
                throw new InvalidDataException($"lemma table, line {number}: expected 2 or 3 columns, got \"{line}\"");
            if (columns.Length == 2)
                known.Add((columns[0][0], columns[1]));
            else
                exceptions[(columns[0][0], columns[1])] = columns[2];
        }
        return new Lemmatizer(exceptions, known);
    }

    /// <summary>Writes the table that <see cref="Load"/> reads.</summary>
    public void Save(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write("# Known words and exceptions, learnt from Universal Dependencies English EWT and GUM.\n");
        foreach (var (wordClass, lemma) in known.OrderBy(k => k.Class).ThenBy(k => k.Lemma, StringComparer.Ordinal))
            writer.Write($"{wordClass}\t{lemma}\n");
        var ordered = exceptions.OrderBy(e => e.Key.Class).ThenBy(e => e.Key.Form, StringComparer.Ordinal);
        foreach (var ((wordClass, form), lemma) in ordered)
            writer.Write($"{wordClass}\t{form}\t{lemma}\n");
    }

    /// <summary>N noun, V verb or auxiliary, A adjective, R adverb, '\0' what is not inflected.</summary>
    internal static char ClassOf(PosTag tag) => tag.Universal switch
    {
        PartOfSpeech.Noun or PartOfSpeech.Propn => 'N',
        PartOfSpeech.Verb or PartOfSpeech.Aux => 'V',
        PartOfSpeech.Adj when tag.Penn is "JJR" or "JJS" => 'A',
        PartOfSpeech.Adv when tag.Penn is "RBR" or "RBS" => 'R',
        _ => '\0',
    };

    internal string ByRule(string form, char wordClass, string penn)
    {
        switch (wordClass)
        {
            case 'N' when penn is "NNS" or "NNPS":
            case 'V' when penn is "VBZ" || (penn is "VB" or "VBP" && !known.Contains(('V', form))):
                return StripS(form, wordClass);
            case 'N' when !known.Contains(('N', form)) && form.Length > 3 && known.Contains(('N', StripS(form, 'N'))):
                return StripS(form, wordClass);
            case 'V' when penn == "VBG" || (form.EndsWith("ing", StringComparison.Ordinal) && penn != "VB"):
                return StripSuffix(form, "ing", wordClass);
            case 'V' when penn is "VBD" or "VBN" && form.EndsWith("ed", StringComparison.Ordinal):
                return form.EndsWith("ied", StringComparison.Ordinal) && form.Length > 4
                    ? form[..^3] + "y"
                    : StripSuffix(form, "ed", wordClass);
            case 'A' or 'R':
                var suffix = penn[^1] == 'R' ? "er" : "est";
                if (form.EndsWith("i" + suffix, StringComparison.Ordinal))
                    return form[..^(suffix.Length + 1)] + "y";
                return StripSuffix(form, suffix, wordClass);
            default:
                return form;
        }
    }

    private string StripS(string form, char wordClass)
    {
        if (!form.EndsWith('s') || form.EndsWith("ss", StringComparison.Ordinal) || form.Length < 3
            || form.EndsWith("us", StringComparison.Ordinal) && !known.Contains((wordClass, form[..^1])))
        {
            return form;
        }
        if (form.EndsWith("ies", StringComparison.Ordinal) && form.Length > 4)
            return known.Contains((wordClass, form[..^1])) ? form[..^1] : form[..^3] + "y";
        if (form.EndsWith("ves", StringComparison.Ordinal) && !known.Contains((wordClass, form[..^1])))
        {
            if (known.Contains((wordClass, form[..^3] + "f")))
                return form[..^3] + "f";
            if (known.Contains((wordClass, form[..^3] + "fe")))
                return form[..^3] + "fe";
        }
        if (form.EndsWith("es", StringComparison.Ordinal) && !known.Contains((wordClass, form[..^1])))
        {
            var stem = form[..^2];
            if (stem.EndsWith("ss", StringComparison.Ordinal) || stem.EndsWith("sh", StringComparison.Ordinal)
                || stem.EndsWith("ch", StringComparison.Ordinal) || stem.EndsWith('x')
                || stem.EndsWith("zz", StringComparison.Ordinal) || stem.EndsWith('o')
                || known.Contains((wordClass, stem)))
            {
                return stem;
            }
        }
        return form[..^1];
    }

    private string StripSuffix(string form, string suffix, char wordClass)
    {
        if (!form.EndsWith(suffix, StringComparison.Ordinal) || form.Length < suffix.Length + 2)
            return form;
        var stem = form[..^suffix.Length];
        if (!stem.Any(IsVowel))
            return form;
        var doubled = stem.Length > 2 && stem[^1] == stem[^2] && !IsVowel(stem[^1]);
        var lexicon = wordClass is 'A' or 'R' ? 'A' : 'V';
        var restored = stem + "e";
        // "taped" is of "tape": "tap" would have doubled its consonant.
        if (lexicon == 'V' && WouldDouble(stem))
            return restored;
        if (doubled && known.Contains((lexicon, stem[..^1])))
            return stem[..^1];
        if (known.Contains((lexicon, stem)))
            return stem;
        if (known.Contains((lexicon, restored)))
            return restored;
        // "skateboarding", "rollerblading": the noun behind the verb.
        if (known.Contains(('N', stem)))
            return stem;
        if (known.Contains(('N', restored)))
            return restored;
        if (doubled)
            return stem[^1] is 'l' or 's' or 'z' or 'f' ? stem : stem[..^1];
        var endsWithE = stem[^1] is 'v' or 'u' or 'c' or 'z'
            || (stem[^1] is 's' && stem.Length > 2 && stem[^2] != 's')
            || (stem[^1] is 'g' && stem.Length > 2 && stem[^2] is 'd' or 'r')
            || (stem[^1] is 'l' && stem.Length > 2 && stem[^2] is 'b' or 'd' or 'g' or 'p' or 't' or 'k' or 'z' or 'f')
            || (stem.EndsWith("at", StringComparison.Ordinal) && stem.Length > 3 && !IsVowel(stem[^3]));
        return endsWithE ? restored : stem;
    }

    // One short vowel before one consonant, in a word of one syllable.
    private static bool WouldDouble(string stem) =>
        stem.Length > 2 && !IsVowel(stem[^1]) && stem[^1] is not ('w' or 'x' or 'h' or 's')
        && stem[^2] is 'a' or 'e' or 'i' or 'o' or 'u'
        && stem[..^2].All(c => !IsVowel(c)) && !stem.StartsWith("qu", StringComparison.Ordinal);

    private static bool IsVowel(char c) => c is 'a' or 'e' or 'i' or 'o' or 'u' or 'y';
}
