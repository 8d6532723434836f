using Gloss.Search.Sqlite;

namespace Gloss.Search;

/// <summary>
/// How well the kept scores of some tags speak for pictures. A tag's scores are seen against those that it has in the
/// whole catalogue: a model that gives "white" to every second picture says little with it.
/// </summary>
internal sealed class TagScorer
{
    // Above so many pictures only those come into question that full-text search finds by one of the tags.
    private const long MostScanned = 200_000;
    private const int Sample = 20_000;
    private const int MostCandidates = 20_000;

    private readonly Catalogue catalogue;
    private readonly SqliteDatabase database;
    private readonly int[] numbers;
    private readonly Dictionary<(long Picture, int Tag), bool> decisions = [];

    /// <summary>A scorer.</summary>
    /// <param name="catalogue">Borrowed.</param>
    /// <param name="numbers">Tags of the model's vocabulary, ascending.</param>
    public TagScorer(Catalogue catalogue, int[] numbers)
    {
        (this.catalogue, database, this.numbers) = (catalogue, catalogue.Database, numbers);
        var names = catalogue.RequireModel().Tags;
        for (var i = 0; i < numbers.Length; i++)
        {
            using var rows = database.Use("SELECT picture, is_added FROM decision WHERE tag = ?",
                catalogue.TagRow(names[numbers[i]].Name));
            while (rows.Step())
                decisions[(rows.Int64(0), i)] = rows.Int64(1) != 0;
        }
    }

    /// <summary>The mean score of the tags in a picture, 0–1.</summary>
    public float Mean(long id)
    {
        var scores = new float[numbers.Length];
        using var row = database.Use("SELECT data FROM score WHERE picture = ? AND model = ?", id,
            catalogue.Model?.Row);
        if (row.Step())
            ScoreCodec.ReadSome(row.Bytes(0), numbers, scores);
        Decide(id, scores);
        return scores.Average();
    }

    /// <summary>The mean log-odds of the tags in a picture; a score that was not kept counts as the floor.</summary>
    public float MeanLogOdds(long id)
    {
        const float least = 1e-4f;
        var floor = Math.Max(least, catalogue.RequireModel().Floor);
        var scores = new float[numbers.Length];
        using var row = database.Use("SELECT data FROM score WHERE picture = ? AND model = ?", id,
            catalogue.Model?.Row);
        if (row.Step())
            ScoreCodec.ReadSome(row.Bytes(0), numbers, scores);
        for (var i = 0; i < scores.Length; i++)
        {
            // What a person rejected is surely not there.
            var p = decisions.TryGetValue((id, i), out var isAdded)
                ? (isAdded ? 1 - least : least) : Math.Clamp(scores[i], floor, 1 - least);
            scores[i] = MathF.Log(p / (1 - p));
        }
        return scores.Average();
    }

    /// <summary>
    /// Pictures with how far the tags' scores stand out in them, about 0 (as everywhere) to 1 (all of them, far).
    /// </summary>
    /// <param name="only">The only pictures to score; null: all that come into question.</param>
    /// <param name="allowed">The pictures that the filter lets through; null: all.</param>
    /// <param name="count">The most pictures, the best.</param>
    public List<(long Id, float Score)> Score(IReadOnlyCollection<long>? only, IReadOnlySet<long>? allowed, int count)
    {
        var ids = only ?? (database.Number("SELECT count(*) FROM score") is var all && all <= MostScanned
            ? null : Found());
        var (pictures, values) = ids is null ? Scan(int.MaxValue) : Fetch(ids);
        var norms = Norms(ids is null ? values : Scan(Sample).Values);
        var best = new BestFew(only is null ? count : int.MaxValue);
        for (var i = 0; i < pictures.Count; i++)
        {
            if (allowed is not null && !allowed.Contains(pictures[i]))
                continue;
            var sum = 0f;
            var row = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(values)
                .Slice(i * numbers.Length, numbers.Length);
            for (var t = 0; t < row.Length; t++)
                sum += Standing(row[t], norms[t]);
            best.Offer(pictures[i], sum / numbers.Length);
        }
        return best.Sorted();
    }

    // How many deviations above the mean, four of them being 1.
    private static float Standing(float score, (float Mean, float Deviation) norm) =>
        Math.Clamp((score - norm.Mean) / (4 * norm.Deviation), -0.5f, 1.5f);

    private List<long> Found()
    {
        var names = catalogue.RequireModel().Tags;
        var marks = numbers.Select(number => PictureTags.Mark(catalogue.NeedTagRow(names[number].Name))).Distinct();
        return database.All("SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?", row => row.Int64(0),
            $"marks : ({string.Join(" OR ", marks)})", MostCandidates);
    }

    private (List<long> Pictures, List<float> Values) Scan(int most)
    {
        var (pictures, values) = (new List<long>(), new List<float>());
        var scores = new float[numbers.Length];
        using var rows = database.Use("SELECT picture, data FROM score WHERE model = ? LIMIT ?",
            catalogue.Model?.Row, most);
        while (rows.Step())
            Take(rows.Int64(0), rows.Bytes(1), scores, pictures, values);
        return (pictures, values);
    }

    private (List<long> Pictures, List<float> Values) Fetch(IReadOnlyCollection<long> ids)
    {
        var (pictures, values) = (new List<long>(), new List<float>());
        var scores = new float[numbers.Length];
        foreach (var id in ids)
        {
            using var row = database.Use("SELECT data FROM score WHERE picture = ? AND model = ?", id,
                catalogue.Model?.Row);
            if (row.Step())
                Take(id, row.Bytes(0), scores, pictures, values);
        }
        return (pictures, values);
    }

    private void Take(long id, ReadOnlySpan<byte> data, float[] scores, List<long> pictures, List<float> values)
    {
        ScoreCodec.ReadSome(data, numbers, scores);
        Decide(id, scores);
        pictures.Add(id);
        values.AddRange(scores);
    }

    private void Decide(long id, float[] scores)
    {
        if (decisions.Count == 0)
            return;
        for (var i = 0; i < scores.Length; i++)
        {
            if (decisions.TryGetValue((id, i), out var isAdded))
                scores[i] = isAdded ? 1 : 0;
        }
    }

    private (float Mean, float Deviation)[] Norms(List<float> values)
    {
        var norms = new (float, float)[numbers.Length];
        var count = Math.Max(1, values.Count / numbers.Length);
        for (var t = 0; t < numbers.Length; t++)
        {
            var (sum, squares) = (0.0, 0.0);
            for (var i = t; i < values.Count; i += numbers.Length)
            {
                sum += values[i];
                squares += (double)values[i] * values[i];
            }
            var mean = sum / count;
            // A handful of pictures says little about how a tag's scores lie: a deviation of a tenth is the least.
            norms[t] = ((float)mean, (float)Math.Max(0.1, Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean)))));
        }
        return norms;
    }
}
