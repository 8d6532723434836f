using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gloss.Text.Mining;

/// <summary>Mines some entries at a time into what a <see cref="MiningRun"/> writes; serves all threads.</summary>
internal sealed class EntryMiner(TagMiner miner, MiningOptions options)
{
    // So many that sentences of like length find together, so few that all threads end at about the same time.
    private const int BatchCaptions = 36;
    private static readonly JsonSerializerOptions Json =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Cuts a list of entries into parts of some dozen captions, at least one entry each.</summary>
    public static List<ArraySegment<CaptionEntry>> Split(IEnumerable<CaptionEntry> entries)
    {
        var all = entries.ToArray();
        var parts = new List<ArraySegment<CaptionEntry>>();
        var captions = 0;
        for (var (first, next) = (0, 0); next < all.Length;)
        {
            captions += all[next++].Captions.Count;
            if (captions >= BatchCaptions || next == all.Length)
            {
                parts.Add(new ArraySegment<CaptionEntry>(all, first, next - first));
                (first, captions) = (next, 0);
            }
        }
        return parts;
    }

    /// <summary>What becomes of each entry.</summary>
    public Outcome[] Mine(IReadOnlyList<CaptionEntry> entries)
    {
        var texts = entries.SelectMany(entry => entry.Captions.Select(Cut)).ToArray();
        var graphs = ReadScenes(texts);
        var outcomes = new Outcome[entries.Count];
        var next = 0;
        for (var i = 0; i < outcomes.Length; i++)
        {
            var count = entries[i].Captions.Count;
            outcomes[i] = Mine(entries[i], texts.AsSpan(next, count), graphs.AsSpan(next, count));
            next += count;
        }
        return outcomes;
    }

    // All at once; where that fails, one by one, so that only the caption at fault is without a graph: null.
    private SceneGraph?[] ReadScenes(string[] texts)
    {
        try
        {
            return miner.ReadScenes(texts);
        }
        catch (Exception error) when (IsOfACaption(error))
        {
            return Array.ConvertAll(texts, ReadScene);
        }
    }

    private Outcome Mine(CaptionEntry entry, ReadOnlySpan<string> texts, ReadOnlySpan<SceneGraph?> graphs)
    {
        var outcome = new Outcome { Captions = texts.Length };
        var captions = new string[texts.Length];
        var ids = new IReadOnlyList<int>[texts.Length];
        using var buffer = new MemoryStream();
        for (var i = 0; i < captions.Length; i++)
        {
            captions[i] = entry.Captions[i];
            if (!captions[i].Any(char.IsLetterOrDigit))
                outcome.Empty++;
            if (texts[i].Length < captions[i].Length)
                outcome.TooLong++;
            var graph = graphs[i];
            if (options.Graphs)
            {
                JsonSerializer.Serialize(buffer, CaptionAnnotation.Of(captions[i], graph ?? new SceneGraph([], [], [])),
                    CaptionAnnotation.Json);
                buffer.WriteByte((byte)'\n');
            }
            else
            {
                ids[i] = graph is null ? [] : miner.MineIds(graph);
            }
            outcome.Failed += graph is null ? 1 : 0;
        }
        if (!options.Graphs)
        {
            outcome.Ids = [.. ids.SelectMany(own => own).Distinct().Order()];
            JsonSerializer.Serialize(buffer, new MinedImage(entry.Image ?? "", captions, outcome.Ids, ids), Json);
        }
        outcome.Bytes = buffer.ToArray();
        return outcome;
    }

    // One caption that no rule foresaw must not end a run over millions; it is counted and reported.
    private SceneGraph? ReadScene(string text)
    {
        try
        {
            return miner.ReadScene(text);
        }
        catch (Exception error) when (IsOfACaption(error))
        {
            return null;
        }
    }

    private static bool IsOfACaption(Exception error) =>
        error is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException;

    private string Cut(string caption)
    {
        var words = 0;
        for (var i = 1; i < caption.Length; i++)
        {
            if (char.IsWhiteSpace(caption[i]) && !char.IsWhiteSpace(caption[i - 1]) && ++words >= options.MaxWords)
                return caption[..i];
        }
        // A text without blanks is no words either.
        return caption.Length > 20 * options.MaxWords ? caption[..(20 * options.MaxWords)] : caption;
    }

    /// <summary>What an entry gave.</summary>
    internal sealed class Outcome
    {
        /// <summary>What is written.</summary>
        public byte[] Bytes { get; set; } = [];

        /// <summary>Tags of any of its captions, ascending; empty where graphs are written.</summary>
        public int[] Ids { get; set; } = [];

        /// <summary>Its captions.</summary>
        public int Captions { get; init; }

        /// <summary>Of these, those without a letter or digit.</summary>
        public int Empty { get; set; }

        /// <summary>Of these, those that were cut.</summary>
        public int TooLong { get; set; }

        /// <summary>Of these, those that no rule foresaw.</summary>
        public int Failed { get; set; }
    }
}
