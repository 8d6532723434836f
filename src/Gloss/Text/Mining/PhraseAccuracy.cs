using System.Text.Json;

namespace Gloss.Text.Mining;

/// <summary>
/// How well entities agree with the noun phrases of Flickr30k Entities: how many visual phrases have their head found
/// as the head of an entity, and how many entities lie in a phrase.
/// </summary>
public sealed class PhraseAccuracy
{
    private static readonly HashSet<string> Prepositions = new(
        "of in on with at by near over under through from into for to that who wearing holding and , - while next behind".Split(' '));

    /// <summary>Visual phrases seen.</summary>
    public int Phrases { get; private set; }

    /// <summary>Of these, those whose head an entity has.</summary>
    public int FoundPhrases { get; private set; }

    /// <summary>Entities (object or scene) seen in captions with phrases.</summary>
    public int Entities { get; private set; }

    /// <summary>Of these, those whose head lies in a phrase, visual or not.</summary>
    public int EntitiesInPhrases { get; private set; }

    /// <summary>Captions seen.</summary>
    public int Captions { get; private set; }

    /// <summary>What was missed (-) or lies in no phrase (+), one line each, up to 10,000.</summary>
    public List<string> Differences { get; } = [];

    /// <summary>Compares the captions of one line of the data set.</summary>
    public void Add(string line, TagMiner miner)
    {
        ArgumentNullException.ThrowIfNull(miner);
        using var document = JsonDocument.Parse(line);
        foreach (var caption in document.RootElement.GetProperty("captions").EnumerateArray())
        {
            var text = caption.GetProperty("text").GetString()!;
            var phrases = caption.GetProperty("phrases").EnumerateArray().Select(p => (
                Start: p.GetProperty("start").GetInt32(), End: p.GetProperty("end").GetInt32(),
                IsVisual: p.GetProperty("types").EnumerateArray().All(t => t.GetString() != "notvisual"))).ToList();
            Captions++;
            var entities = miner.ReadScene(text).Entities;
            foreach (var (start, end, isVisual) in phrases)
            {
                if (!isVisual)
                    continue;
                Phrases++;
                var heads = HeadEnds(text, start, end);
                if (entities.Any(e => heads.Contains(e.End)))
                    FoundPhrases++;
                else
                    Note($"- {text[start..end]}\t{text}");
            }
            foreach (var entity in entities.Where(e => e.Type is not null))
            {
                Entities++;
                if (phrases.Any(p => entity.End > p.Start && entity.End <= p.End))
                    EntitiesInPhrases++;
                else
                    Note($"+ {entity.Text}\t{text}");
            }
        }
    }

    /// <summary>Where the head of a phrase ends: its last word before a preposition; of "a group of people" and
    /// of what is coordinated any noun.
    /// </summary>
    private static List<int> HeadEnds(string text, int start, int end)
    {
        var ends = new List<int>();
        var last = -1;
        for (var i = start; i < end;)
        {
            while (i < end && text[i] == ' ')
                i++;
            var wordEnd = i;
            while (wordEnd < end && text[wordEnd] != ' ')
                wordEnd++;
            var word = text[i..wordEnd].ToLowerInvariant();
            if (last >= 0 && Prepositions.Contains(word))
            {
                ends.Add(last);
                // "a black and white dog", "a man and a woman", "a group of people": the head may stand behind these.
                if (word is not ("of" or "and" or "," or "-"))
                    return ends;
            }
            last = wordEnd;
            i = wordEnd;
        }
        ends.Add(last);
        return ends;
    }

    private void Note(string difference)
    {
        if (Differences.Count < 10_000)
            Differences.Add(difference);
    }
}
