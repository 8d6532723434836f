using System.Text;

namespace Gloss.Search;

/// <summary>A <see cref="SearchFilter"/> asked of a catalogue.</summary>
internal sealed class FilterQuery
{
    private readonly Catalogue catalogue;
    private readonly SearchFilter filter;
    private readonly CatalogueModel model;
    private readonly long[] tags;
    private readonly long[] notTags;

    /// <summary>Finds the tags that it names.</summary>
    /// <exception cref="ArgumentException">A tag is known to nobody, or the threshold is below what was
    /// kept.</exception>
    public FilterQuery(Catalogue catalogue, SearchFilter filter)
    {
        (this.catalogue, this.filter, model) = (catalogue, filter, catalogue.RequireModel());
        if (filter.Threshold is { } threshold && !(threshold >= model.Floor && threshold <= 1))
        {
            throw new ArgumentException(
                $"a threshold of {threshold} · expected {model.Floor} to 1: lower scores were not kept · " +
                "hint: gloss index --renew --floor keeps lower ones");
        }
        tags = [.. filter.Tags.Select(RowOf)];
        notTags = [.. filter.NotTags.Select(RowOf)];
    }

    /// <summary>The pictures that it lets through, the newest first.</summary>
    /// <param name="limit">The most of them; null: all.</param>
    public List<long> Run(int? limit = null)
    {
        var sql =
            new StringBuilder(
            "SELECT p.id FROM picture p JOIN folder f ON f.id = p.folder WHERE p.model = ? AND p.deleted IS NULL AND "
            + "p.error IS NULL");
        var values = new List<object?> { model.Row };
        if (filter.Since is { } since)
            Add(" AND p.taken >= ?", since.Ticks);
        if (filter.Before is { } before)
            Add(" AND p.taken < ?", before.Ticks);
        if (filter.Paths.Count > 0)
        {
            sql.Append(" AND (");
            for (var i = 0; i < filter.Paths.Count; i++)
            {
                sql.Append(i > 0 ? " OR " : "");
                AddPath(filter.Paths[i]);
            }
            sql.Append(')');
        }
        // Another threshold than the model's own is not in the full-text index: scores are looked at one by one.
        var isByScore = filter.Threshold is not null && tags.Length + notTags.Length > 0;
        if (!isByScore)
        {
            if (tags.Length > 0)
                Add(" AND p.id IN (SELECT rowid FROM words WHERE words MATCH ?)",
                    $"marks : ({string.Join(" AND ", tags.Select(PictureTags.Mark))})");
            if (notTags.Length > 0)
                Add(" AND p.id NOT IN (SELECT rowid FROM words WHERE words MATCH ?)",
                    $"marks : ({string.Join(" OR ", notTags.Select(PictureTags.Mark))})");
        }
        sql.Append(" ORDER BY p.taken DESC, p.id");
        if (limit is { } most && !isByScore)
            Add(" LIMIT ?", most);
        var ids = catalogue.Database.All(sql.ToString(), row => row.Int64(0), [.. values]);
        return !isByScore ? ids : [.. ids.Where(HasByScore).Take(limit ?? int.MaxValue)];

        void Add(string part, object? value)
        {
            sql.Append(part);
            values.Add(value);
        }

        void AddPath(string path)
        {
            if (path.AsSpan().ContainsAny('*', '?'))
            {
                Add("(f.path || '/' || p.name) GLOB ?", path.StartsWith('/') || path.StartsWith('*')
                    ? path : $"*/{path}");
                return;
            }
            var full = Path.GetFullPath(path);
            full = full.Length > 1 ? full.TrimEnd('/') : full;
            if (catalogue.Database.Number("SELECT 1 FROM folder WHERE path = ?1 OR substr(path, 1, length(?2)) = ?2",
                full, full == "/" ? full : full + "/") is not null)
            {
                Add("(f.path = ?", full);
                Add(" OR substr(f.path, 1, length(?", full == "/" ? full : full + "/");
                Add(")) = ?)", full == "/" ? full : full + "/");
            }
            else
            {
                Add("instr(lower(f.path || '/' || p.name), lower(?)) > 0", path);
            }
        }
    }

    private PictureTags? reader;

    private bool HasByScore(long id)
    {
        reader ??= new PictureTags(catalogue);
        var present = reader.Read(id, filter.Threshold).Select(tag => catalogue.TagRow(tag.Name)).ToHashSet();
        return tags.All(tag => present.Contains(tag)) && !notTags.Any(tag => present.Contains(tag));
    }

    private long RowOf(string given)
    {
        var name = given.Trim();
        if (model.Tags.TryFind(name, out var known))
            name = known.Name;
        if (catalogue.TagRow(name) is { } row)
            return row;
        var like = model.Tags.Where(tag => tag.Name.Contains(name, StringComparison.OrdinalIgnoreCase)
            || (tag.Name.Length > 2 && name.Contains(tag.Name, StringComparison.OrdinalIgnoreCase)))
                .Select(tag => tag.Name).Distinct().Take(8).ToArray();
        throw new ArgumentException($"no tag '{given}' · "
            + (like.Length > 0 ? $"hint: there are {string.Join(", ", like)}"
            : "hint: gloss tags list shows those that pictures have; words that are no tags belong into the text"));
    }
}
