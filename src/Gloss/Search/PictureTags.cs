using Gloss.Search.Sqlite;

namespace Gloss.Search;

/// <summary>
/// The tags of a picture: those that the model gives above their thresholds, without those that a person rejected, with
/// those that a person added.
/// </summary>
internal sealed class PictureTags(Catalogue catalogue)
{
    private readonly SqliteDatabase database = catalogue.Database;
    private (long Model, float? Threshold, float[] Values) thresholds = (0, null, []);

    /// <summary>The tags of a picture, a person's first, then the most likely.</summary>
    /// <param name="id">Its row.</param>
    /// <param name="threshold">One threshold for all tags; null: each tag's own, else the model's.</param>
    public List<CataloguedTag> Read(long id, float? threshold = null)
    {
        var model = catalogue.RequireModel();
        var decisions = Decisions(id);
        var tags = new List<CataloguedTag>();
        using var row = database.Use("SELECT data FROM score WHERE picture = ? AND model = ?", id,
            catalogue.Model?.Row);
        if (row.Step())
        {
            var limits = Thresholds(model, threshold);
            var reader = ScoreCodec.Read(row.Bytes(0));
            while (reader.MoveNext())
            {
                if (reader.Number >= limits.Length || !(reader.Score > limits[reader.Number]))
                    continue;
                var tag = model.Tags[reader.Number];
                if (!decisions.ContainsKey(tag.Name))
                    tags.Add(new CataloguedTag(tag.Name, tag.Type, reader.Score, IsByPerson: false));
            }
        }
        var own = decisions.Where(decision => decision.Value).Select(decision => new CataloguedTag(decision.Key,
            model.Tags.TryFind(decision.Key, out var known) ? known.Type : null, 1, IsByPerson: true))
                .OrderBy(tag => tag.Name, StringComparer.Ordinal);
        // Two classes of a vocabulary may have one name.
        return [.. own.Concat(tags.OrderByDescending(tag => tag.Score))
            .DistinctBy(tag => tag.Name, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Writes what full-text search finds of a picture; inside of the caller's transaction.</summary>
    public void WriteWords(long id)
    {
        var model = catalogue.RequireModel();
        var tags = Read(id);
        var marks = tags.Select(tag => Mark(catalogue.NeedTagRow(tag.Name)));
        var names = tags.SelectMany(tag => model.Tags.TryFind(tag.Name, out var known) && known.Synonyms.Count > 0
            ? known.Synonyms.Prepend(tag.Name) : [tag.Name]);
        database.Run("DELETE FROM words WHERE rowid = ?", id);
        database.Run(
            "INSERT INTO words(rowid, marks, tags, caption) SELECT id, ?, ?, caption FROM picture WHERE id = ?",
            string.Join(' ', marks), string.Join(" , ", names), id);
    }

    /// <summary>The word that stands for a tag among the marks.</summary>
    public static string Mark(long tag) => $"t{tag}";

    /// <summary>What persons decided of a picture: the tag's name, and whether it was added (else rejected).</summary>
    public Dictionary<string, bool> Decisions(long id)
    {
        var decisions = new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase);
        using var rows =
            database.Use("SELECT t.name, d.is_added FROM decision d JOIN tag t ON t.id = d.tag WHERE d.picture = ?",
            id);
        while (rows.Step())
            decisions[rows.Text(0)] = rows.Int64(1) != 0;
        return decisions;
    }

    private float[] Thresholds(CatalogueModel model, float? threshold)
    {
        if (thresholds.Model != model.Row || thresholds.Threshold != threshold || thresholds.Values.Length == 0)
            thresholds = (model.Row, threshold, model.Thresholds(threshold));
        return thresholds.Values;
    }
}
