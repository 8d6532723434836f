using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>Reads the noun phrases and verbs of one tagged sentence, from left to right, into mentions of tags.</summary>
internal sealed class PhraseReader(
    IReadOnlyList<Token> tokens, IReadOnlyList<PosTag> tags, Lemmatizer lemmatizer, List<TagMention> mentions)
{
    private readonly string[] forms = [.. tokens.Select(t => t.Text.ToLowerInvariant())];

    /// <summary>Adds the sentence's mentions.</summary>
    public void Read()
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            switch (tags[i].Universal)
            {
                case PartOfSpeech.Noun or PartOfSpeech.Propn:
                    i = ReadNouns(i);
                    break;
                case PartOfSpeech.Adj when StartsCompound(i):
                case PartOfSpeech.Verb when StartsCompound(i):
                    i = ReadNouns(i);
                    break;
                case PartOfSpeech.Adj:
                    if (IsSpelled(i) && !(forms[i] == "next" && Form(i + 1) == "to"))
                        AddAttribute(i);
                    break;
                case PartOfSpeech.Num:
                    if (IsSpelled(i) && !(forms[i] == "one" && Universal(i + 1) != PartOfSpeech.Noun))
                        AddAttribute(i);
                    break;
                case PartOfSpeech.Det:
                    if (forms[i] is "some" or "several" or "many")
                        AddAttribute(i);
                    break;
                case PartOfSpeech.Verb:
                    if (IsPrenominal(i))
                        AddAttribute(i);
                    else
                        AddVerb(i);
                    break;
            }
        }
    }

    /// <summary>Reads a run of nouns from <paramref name="first"/>, gives the index of its last.</summary>
    private int ReadNouns(int first)
    {
        var last = first;
        while (last + 1 < tokens.Count && (Universal(last + 1) is PartOfSpeech.Noun or PartOfSpeech.Propn
            || (last == first && StartsCompound(first))))
        {
            last++;
        }
        // Materials and colours in front are attributes: "a [brick] building".
        while (first < last && WordLists.Materials.Contains(forms[first]) && !WordLists.Compounds.Contains(Name(first, last)))
            AddAttribute(first++);
        var head = Lemma(last);
        if (first == last && forms[last].EndsWith("-hair", StringComparison.Ordinal))
        {
            AddAttribute(last);
            return last;
        }
        if (first == last && WordLists.Colours.Contains(head))
        {
            AddAttribute(last);
            return last;
        }
        var isFrame = Form(last + 1) == "of" && WordLists.Quantifiers.Contains(head);
        if (isFrame || IsNegated(first) || !IsSpelled(last) || (first == last && WordLists.StopEntities.Contains(head)))
            return last;
        var names = new List<string>(3);
        for (var start = Math.Max(first, last - 2); start <= last; start++)
        {
            var name = Name(start, last);
            if (start < last || !WordLists.StopEntities.Contains(head))
                names.Add(name);
        }
        if (names.Count > 0)
        {
            var type = WordLists.IsScene(names[0]) ? TagType.Scene : TagType.Object;
            mentions.Add(new TagMention(names, type, tokens[Math.Max(first, last - 2)].Start, tokens[last].End));
        }
        return last;
    }

    private void AddAttribute(int i) =>
        mentions.Add(new TagMention([forms[i]], TagType.Attribute, tokens[i].Start, tokens[i].End));

    private void AddVerb(int i)
    {
        var lemma = Lemma(i);
        if (lemma is "be" or "seem" or "get" or "become" || !IsSpelled(i))
            return;
        var name = new List<string> { lemma };
        var end = i;
        if (i + 1 < tokens.Count && tags[i + 1].Penn == "RP")
        {
            end = i + 1;
            name.Insert(0, $"{lemma} {forms[end]}");
        }
        mentions.Add(new TagMention(name, TagType.Action, tokens[i].Start, tokens[end].End));
    }

    /// <summary>Whether an adjective or participle and the noun behind it are the name of one thing ("hot dog").</summary>
    private bool StartsCompound(int i) =>
        Universal(i + 1) is PartOfSpeech.Noun or PartOfSpeech.Propn
        && WordLists.Compounds.Contains($"{forms[i]} {Lemma(i + 1)}");

    /// <summary>Whether a participle stands between a determiner and its noun: "a smiling woman".</summary>
    private bool IsPrenominal(int i)
    {
        if (tags[i].Penn is not ("VBG" or "VBN") || i == 0)
            return false;
        if (Universal(i - 1) is not (PartOfSpeech.Det or PartOfSpeech.Adj or PartOfSpeech.Num) && tags[i - 1].Penn != "PRP$")
            return false;
        return Universal(i + 1) is PartOfSpeech.Noun or PartOfSpeech.Propn or PartOfSpeech.Adj;
    }

    private bool IsNegated(int first)
    {
        var i = first - 1;
        while (i >= 0 && Universal(i) is PartOfSpeech.Adj or PartOfSpeech.Num)
            i--;
        if (i >= 0 && forms[i] == "no")
            return true;
        if (i >= 0 && Universal(i) is PartOfSpeech.Det)
            i--;
        return i >= 0 && forms[i] == "without";
    }

    private string Name(int first, int last) =>
        first == last ? Lemma(last) : string.Join(' ', forms.Skip(first).Take(last - first)) + " " + Lemma(last);

    private string Lemma(int i) => lemmatizer.Lemmatize(forms[i], tags[i]);

    private string? Form(int i) => i < forms.Length ? forms[i] : null;

    private PartOfSpeech Universal(int i) => i < tags.Count ? tags[i].Universal : PartOfSpeech.Punct;

    private bool IsSpelled(int i) => forms[i].Length > 1 && forms[i].All(c => char.IsLetter(c) || c is '-' or '\'');
}
