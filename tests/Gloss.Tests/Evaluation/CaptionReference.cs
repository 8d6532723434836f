using System.Text.Json;

namespace Gloss.Tests.Evaluation;

/// <summary>The captions and figures of the public caption tool.</summary>
internal static class CaptionReference
{
    public sealed record Item(
        string Kind, string Hypothesis, string[] References, string HypothesisTokens, string[] ReferenceTokens,
        double[] Bleu, double RougeL, double CiderD);

    public static List<Item> Items()
    {
        var items = new List<Item>();
        foreach (var line in File.ReadLines(ReferenceData.Require("reference/metrics/captions.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var item = document.RootElement;
            items.Add(new Item(
                item.GetProperty("kind").GetString()!,
                item.GetProperty("hypothesis").GetString()!,
                Strings(item.GetProperty("references")),
                item.GetProperty("hypothesis_ptb").GetString()!,
                Strings(item.GetProperty("references_ptb")),
                [.. item.GetProperty("bleu").EnumerateArray().Select(x => x.GetDouble())],
                item.GetProperty("rouge_l").GetDouble(),
                item.GetProperty("cider_d").GetDouble()));
        }
        return items;
    }

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(x => x.GetString()!)];
}
