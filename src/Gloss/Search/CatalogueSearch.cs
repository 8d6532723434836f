using Gloss.Search.Sqlite;

namespace Gloss.Search;

/// <summary>
/// Finds pictures in a catalogue; of the current model's pictures whose files were there at the last look.
/// </summary>
public sealed class CatalogueSearch
{
    // So many candidates of each kind are weighed against each other.
    private const int FewestCandidates = 2000;

    private readonly Catalogue catalogue;
    private readonly SqliteDatabase database;
    private readonly PictureTags tags;

    /// <summary>A search over a catalogue, which it borrows.</summary>
    public CatalogueSearch(Catalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        (this.catalogue, database, tags) = (catalogue, catalogue.Database, new PictureTags(catalogue));
    }

    /// <summary>Looks for pictures, the best first.</summary>
    /// <exception cref="ArgumentException">A tag of the filter is unknown, or a number out of range.</exception>
    /// <exception cref="CatalogueException">The catalogue is empty or cannot be read.</exception>
    public IReadOnlyList<SearchResult> Run(SearchQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        var filter = new FilterQuery(catalogue, query.Filter);
        if (query.Text is null && query.TextEmbedding is null && query.Example is null)
            return Results(FilteredAlone(query, filter), query);
        var allowed = query.Filter.IsOpen ? null : filter.Run().ToHashSet();
        var scores = new Dictionary<long, float>();
        // Where only embeddings speak there is nothing to weigh them against; some more, for files that are gone.
        var candidates = query.Text is null ? 64 + (2 * query.Limit) : Math.Max(FewestCandidates, 4 * query.Limit);
        foreach (var vector in new[] { query.TextEmbedding, query.Example }.OfType<float[]>())
        {
            foreach (var (id, score) in new VectorSearch(catalogue).Nearest(vector, candidates, allowed))
                scores[id] = scores.GetValueOrDefault(id) + (query.Weights.Meaning * score);
        }
        if (query.Text is { } text)
            AddText(QueryText.Parse(text, catalogue.RequireModel().Tags), query, allowed, candidates, scores);
        return Results(scores.Where(item => item.Key != query.ExampleId).OrderByDescending(item => item.Value)
            .ThenBy(item => item.Key)
            .Select(item => (item.Key, item.Value)), query);
    }

    /// <summary>The pictures that a filter lets through, the newest first.</summary>
    public IReadOnlyList<long> Ids(SearchFilter filter) => new FilterQuery(catalogue, filter).Run();

    /// <summary>
    /// The number of a file's picture; null where it is not in the catalogue, could not be read, or waits for the
    /// current model.
    /// </summary>
    public long? Find(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        return database.Number("""
            SELECT p.id FROM picture p JOIN folder f ON f.id = p.folder
            WHERE f.path = ? AND p.name = ? AND p.deleted IS NULL AND p.error IS NULL AND p.model = ?
            """, Path.GetDirectoryName(full), Path.GetFileName(full), catalogue.Model?.Row);
    }

    /// <summary>
    /// A picture with its tags; null where there is none of that number, its file is gone, or the current model has not
    /// seen it.
    /// </summary>
    /// <param name="id">Its number.</param>
    /// <param name="threshold">One threshold for all tags; null: each tag's own, else the model's.</param>
    public CataloguedPicture? Read(long id, float? threshold = null)
    {
        using var row = database.Use("""
            SELECT f.path, p.name, p.width, p.height, p.size, p.taken, p.caption FROM picture p JOIN folder f ON f.id = p.folder
            WHERE p.id = ? AND p.deleted IS NULL AND p.error IS NULL AND p.model = ?
            """, id, catalogue.Model?.Row);
        return !row.Step() ? null : new CataloguedPicture(id, Path.Combine(row.Text(0), row.Text(1)), row.Int32(2),
            row.Int32(3), row.Int64(4),
            new DateTime(row.Int64(5)), tags.Read(id, threshold), row.OptionalText(6));
    }

    /// <summary>The embedding of a picture, or null where it has none of the current model.</summary>
    public float[]? Embedding(long id)
    {
        using var row = database.Use("SELECT data FROM embedding WHERE picture = ? AND model = ?", id,
            catalogue.Model?.Row);
        return row.Step() ? HalfVectors.Unpack(row.Bytes(0)) : null;
    }

    /// <summary>How many pictures have each tag, the most frequent first.</summary>
    public IReadOnlyList<(string Name, long Count)> CountTags() => database.All("""
        SELECT t.name, count(*) FROM (SELECT DISTINCT doc, term FROM temp.marks WHERE col = 'marks') m JOIN tag t ON t.id = CAST(substr(m.term, 2) AS INTEGER)
        JOIN picture p ON p.id = m.doc WHERE p.deleted IS NULL AND p.model = ? GROUP BY t.id ORDER BY 2 DESC, 1
        """, row => (row.Text(0), row.Int64(1)), WithMarks());

    private long? WithMarks()
    {
        database.Run("CREATE VIRTUAL TABLE IF NOT EXISTS temp.marks USING fts5vocab(main, words, instance)");
        return catalogue.Model?.Row;
    }

    private IEnumerable<(long Id, float Score)> FilteredAlone(SearchQuery query, FilterQuery filter)
    {
        if (query.Filter.Tags.Count == 0)
            return filter.Run(query.Limit).Select(id => (id, 1f));
        var model = catalogue.RequireModel();
        var numbers = query.Filter.Tags.Select(name => model.Tags.TryFind(name, out var tag) ? tag.Id : -1)
            .Where(number => number >= 0).Distinct().Order().ToArray();
        var scorer = new TagScorer(catalogue, numbers);
        return filter.Run().Select(id => (Id: id, Score: numbers.Length == 0 ? 1 : scorer.Mean(id)))
            .OrderByDescending(item => item.Score).ThenBy(item => item.Id);
    }

    private void AddText(QueryText text, SearchQuery query, HashSet<long>? allowed, int candidates,
        Dictionary<long, float> scores)
    {
        // A picture that only words or only embeddings bring is still weighed by both.
        var isMeant = query.TextEmbedding is not null;
        var words = FindWords(text, allowed, candidates);
        if (isMeant)
        {
            foreach (var id in words.Keys.Where(id => !scores.ContainsKey(id)).ToArray())
            {
                if (Embedding(id) is { } embedding)
                    scores[id] = query.Weights.Meaning * embedding.Zip(query.TextEmbedding!)
                        .Sum(pair => pair.First * pair.Second);
            }
        }
        foreach (var (id, match) in words)
            scores[id] = scores.GetValueOrDefault(id)
                + ((isMeant ? query.Weights.WordsBesideMeaning : query.Weights.Words) * match);
        foreach (var id in OwnTags.Pictures(catalogue, query.Text!)
            .Where(id => allowed is null || allowed.Contains(id)))
            scores[id] = scores.GetValueOrDefault(id) + query.Weights.OwnTags;
        if (text.TagNumbers.Length == 0)
            return;
        var scorer = new TagScorer(catalogue, text.TagNumbers);
        if (isMeant)
        {
            foreach (var id in scores.Keys.ToArray())
                scores[id] += query.Weights.TagOdds * scorer.MeanLogOdds(id);
            return;
        }
        foreach (var (id, standing) in scorer.Score(query.Example is null ? null : scores.Keys, allowed, candidates))
        {
            // A picture is found by a word, or by a tag that stands out in it.
            if (standing > 0 || scores.ContainsKey(id))
                scores[id] = scores.GetValueOrDefault(id) + (query.Weights.Tags * standing);
        }
    }

    // Pictures by how well the words match, 1 the best.
    private Dictionary<long, float> FindWords(QueryText text, HashSet<long>? allowed, int candidates)
    {
        var found = new List<(long Id, double Rank)>();
        if (text.Match is not null)
        {
            using var rows =
                database.Use("SELECT rowid, bm25(words, 0, 2, 1) FROM words WHERE words MATCH ? ORDER BY 2 LIMIT ?",
                text.Match,
                allowed is null ? candidates : int.MaxValue);
            while (rows.Step() && found.Count < candidates)
            {
                if (allowed is null || allowed.Contains(rows.Int64(0)))
                    found.Add((rows.Int64(0), rows.Double(1)));
            }
        }
        // Ranks are negative, the best the lowest.
        return found.ToDictionary(item => item.Id, item => (float)(found[0].Rank < 0 ? item.Rank / found[0].Rank : 0));
    }

    private List<SearchResult> Results(IEnumerable<(long Id, float Score)> ranked, SearchQuery query)
    {
        var results = new List<SearchResult>();
        foreach (var (id, score) in ranked)
        {
            if (results.Count == query.Limit)
                break;
            if (Read(id, query.Filter.Threshold) is { } picture)
                results.Add(new SearchResult(picture, score));
        }
        return results;
    }
}
