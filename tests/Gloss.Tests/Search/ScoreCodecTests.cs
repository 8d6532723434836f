namespace Gloss.Search;

public sealed class ScoreCodecTests
{
    [Fact]
    public void Read_OfEncoded_GivesAllScoresAboveTheFloor()
    {
        var row = Enumerable.Range(0, 5000).Select(i => i % 997 == 3 || i is 0 or 4999
            ? ((i * 31) % 1000 / 1000f) + 0.0005f : 0.01f).ToArray();

        var bytes = ScoreCodec.Encode(row, 0.05f);

        var seen = new Dictionary<int, float>();
        var reader = ScoreCodec.Read(bytes);
        while (reader.MoveNext())
            seen.Add(reader.Number, reader.Score);
        var expected = Enumerable.Range(0, row.Length).Where(i => row[i] > 0.05f).ToArray();
        Assert.Equal(expected, seen.Keys);
        Assert.All(expected, i => Assert.Equal(row[i], seen[i], 1e-6f));
    }

    [Fact]
    public void ReadSome_OfTagsKeptAndNot_GivesScoresOrZero()
    {
        var row = new float[400];
        (row[0], row[7], row[399]) = (0.5f, 1, 0.25f);

        var scores = new float[5];
        ScoreCodec.ReadSome(ScoreCodec.Encode(row, 0.1f), [0, 6, 7, 398, 399], scores);

        Assert.Equal([0.5f, 0, 1, 0, 0.25f], scores.Select(score => MathF.Round(score, 5)));
    }
}
