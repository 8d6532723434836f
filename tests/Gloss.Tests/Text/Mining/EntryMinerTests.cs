using Gloss.Text.Mining;

namespace Gloss.Tests.Text.Mining;

public sealed class EntryMinerTests
{
    [Fact]
    public void Split_EntriesOfManyCaptions_KeepsAllInOrderInPartsOfSomeDozen()
    {
        var entries = Enumerable.Range(0, 100)
            .Select(i => new CaptionEntry($"{i}", null, [.. Enumerable.Repeat("a dog", i % 7)])).ToList();
        var parts = EntryMiner.Split(entries);
        Assert.Equal(entries, parts.SelectMany(part => part));
        Assert.All(parts, part => Assert.InRange(part.Sum(entry => entry.Captions.Count), 1, 41));
        Assert.Empty(EntryMiner.Split([]));
        Assert.Single(EntryMiner.Split([new CaptionEntry(null, null, [.. Enumerable.Repeat("a dog", 500)])]));
    }

    [Fact]
    public void Mine_EntriesTogether_GivesWhatEachGivesAlone()
    {
        var entries = new List<CaptionEntry>
        {
            new("a.jpg", null,
                ["A dog runs on the grass .", "Two people sit on a bench beside a large tree in the park ."]),
            new("b.jpg", null, []), new("c.jpg", null, ["."]), new("d.jpg", null, ["A red bird ."]),
        };
        var miner = new EntryMiner(new TagMiner(), new MiningOptions { Graphs = true });
        var together = miner.Mine(entries);
        Assert.Equal(entries.Select(entry => miner.Mine([entry]).Single().Bytes),
            together.Select(outcome => outcome.Bytes));
        Assert.Equal([2, 0, 1, 1], together.Select(outcome => outcome.Captions));
        Assert.Equal([0, 0, 1, 0], together.Select(outcome => outcome.Empty));
    }
}
