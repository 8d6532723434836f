using Gloss.Search.Sqlite;

namespace Gloss.Search;

/// <summary>What persons decide about tags; it outlives every model.</summary>
public sealed class TagDecisions(Catalogue catalogue)
{
    private readonly SqliteDatabase database = catalogue.Database;
    private readonly PictureTags tags = new(catalogue);

    /// <summary>Gives pictures tags, known to the model or not.</summary>
    /// <returns>Pictures whose decisions changed.</returns>
    public int Add(IEnumerable<long> pictures, IReadOnlyList<string> names) => Decide(pictures, names, isAdded: true);

    /// <summary>Takes tags from pictures, for whatever the model thinks.</summary>
    /// <returns>Pictures whose decisions changed.</returns>
    public int Reject(IEnumerable<long> pictures, IReadOnlyList<string> names) =>
        Decide(pictures, names, isAdded: false);

    /// <summary>Leaves tags to the model again.</summary>
    /// <returns>Pictures whose decisions changed.</returns>
    public int Clear(IEnumerable<long> pictures, IReadOnlyList<string> names) => Decide(pictures, names, isAdded: null);

    private int Decide(IEnumerable<long> pictures, IReadOnlyList<string> names, bool? isAdded)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(names);
        var model = catalogue.RequireModel();
        var (ids, count) = (pictures.ToArray(), 0);
        database.Write(() =>
        {
            // A synonym is the tag that it belongs to; a name that no model knows is a tag of its own.
            var rows = names.Select(name => name.Trim())
                .Select(name => model.Tags.TryFind(name, out var known) ? known.Name : name)
                .Select(catalogue.NeedTagRow).ToArray();
            foreach (var id in ids)
            {
                var changes = 0;
                foreach (var tag in rows)
                {
                    changes += isAdded is { } added
                        ? database.Run("""
                            INSERT INTO decision(picture, tag, is_added) VALUES(?, ?, ?)
                            ON CONFLICT DO UPDATE SET is_added = excluded.is_added WHERE is_added <> excluded.is_added
                            """, id, tag, added)
                        : database.Run("DELETE FROM decision WHERE picture = ? AND tag = ?", id, tag);
                }
                if (changes > 0)
                    tags.WriteWords(id);
                count += changes > 0 ? 1 : 0;
            }
        });
        return count;
    }
}
