using System.Runtime.InteropServices;
using Gloss.Search.Sqlite;

namespace Gloss.Search;

/// <summary>
/// Finds groups of pictures of a catalogue that are the same file twice, or nearly the same photograph.
/// </summary>
public sealed class DuplicateFinder
{
    // So many embeddings are compared with all others at a time: they stay in the processor's cache.
    private const int Block = 64;

    private readonly Catalogue catalogue;
    private readonly SqliteDatabase database;

    /// <summary>A finder over a catalogue, which it borrows.</summary>
    public DuplicateFinder(Catalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        (this.catalogue, database) = (catalogue, catalogue.Database);
    }

    /// <summary>The groups, the largest first.</summary>
    public IReadOnlyList<DuplicateGroup> Find(DuplicateOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new DuplicateOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.Similarity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Similarity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.LookDistance);
        var search = new CatalogueSearch(catalogue);
        var groups = new Groups();
        var allowed = search.Ids(options.Filter).ToHashSet();
        var hashes = Identical(allowed, groups);
        if (!options.IsExact)
        {
            foreach (var (first, second, similarity) in Near(allowed, options, cancellationToken))
                groups.Join(first, second, similarity);
        }
        var found = new List<DuplicateGroup>();
        foreach (var (ids, similarity) in groups.All())
        {
            var pictures = ids.Select(id => search.Read(id)).OfType<CataloguedPicture>()
                .OrderByDescending(picture => (long)picture.Width * picture.Height)
                .ThenByDescending(picture => picture.Size).ThenBy(picture => picture.Path, StringComparer.Ordinal)
                    .ToArray();
            var contents = ids.Select(id => hashes.GetValueOrDefault(id)).ToHashSet();
            if (pictures.Length > 1)
                found.Add(new DuplicateGroup(pictures, contents.Count == 1 && !contents.Contains(null), similarity));
        }
        return [.. found.OrderByDescending(group => group.Pictures.Count)
            .ThenBy(group => group.Pictures[0].Path, StringComparer.Ordinal)];
    }

    // Joins the same files; returns the content of those that are there twice.
    private Dictionary<long, string?> Identical(HashSet<long> allowed, Groups groups)
    {
        var hashes = new Dictionary<long, string?>();
        var last = (Hash: "", Id: 0L);
        using var rows = database.Use("""
            SELECT id, hex(hash) FROM picture WHERE hash IN (SELECT hash FROM picture WHERE deleted IS NULL GROUP BY hash HAVING count(*) > 1) ORDER BY hash, id
            """);
        while (rows.Step())
        {
            var (id, hash) = (rows.Int64(0), rows.Text(1));
            if (!allowed.Contains(id))
                continue;
            if (hash == last.Hash)
                groups.Join(last.Id, id, 1);
            hashes[id] = hash;
            last = (hash, id);
        }
        return hashes;
    }

    private IEnumerable<(long First, long Second, float Similarity)> Near(HashSet<long> allowed,
        DuplicateOptions options, CancellationToken cancellationToken)
    {
        var (ids, looks, packed, width) = Load(allowed);
        var halves = MemoryMarshal.Cast<byte, ushort>(CollectionsMarshal.AsSpan(packed)).ToArray();
        for (var start = 0; start < ids.Count; start += Block)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Math.Min(Block, ids.Count - start);
            var queries = Enumerable.Range(start, count)
                .Select(i => HalfVectors.Unpack(MemoryMarshal.AsBytes(halves.AsSpan(i * width, width)))).ToArray();
            var first = start;
            var pairs = ParallelEnumerable.Range(start, ids.Count - start).SelectMany(other =>
            {
                var found = new List<(long, long, float)>();
                var vector = halves.AsSpan(other * width, width);
                for (var i = 0; i < count && first + i < other; i++)
                {
                    if (PictureLook.Distance(looks[first + i], looks[other]) <= options.LookDistance
                        && HalfVectors.Dot(vector, queries[i]) is var similarity && similarity >= options.Similarity)
                        found.Add((ids[first + i], ids[other], similarity));
                }
                return found;
            }).ToArray();
            foreach (var pair in pairs.Order())
                yield return pair;
        }
    }

    private (List<long> Ids, List<long> Looks, List<byte> Packed, int Width) Load(HashSet<long> allowed)
    {
        var (ids, looks, packed, width) = (new List<long>(), new List<long>(), new List<byte>(), 0);
        using var rows =
            database.Use(
            "SELECT e.picture, p.look, e.data FROM embedding e JOIN picture p ON p.id = e.picture WHERE e.model = ?",
            catalogue.Model?.Row);
        while (rows.Step())
        {
            if (!allowed.Contains(rows.Int64(0)))
                continue;
            ids.Add(rows.Int64(0));
            looks.Add(rows.Int64(1));
            packed.AddRange(rows.Bytes(2));
            width = rows.Bytes(2).Length / 2;
        }
        return (ids, looks, packed, width);
    }

    // Which pictures belong together, and the least similarity that brought them there.
    private sealed class Groups
    {
        private readonly Dictionary<long, long> parents = [];
        private readonly Dictionary<long, float> least = [];

        public void Join(long first, long second, float similarity)
        {
            var (a, b) = (Root(first), Root(second));
            if (a == b)
                return;
            parents[b] = a;
            least[a] = Math.Min(similarity, Math.Min(least.GetValueOrDefault(a, 1), least.GetValueOrDefault(b, 1)));
        }

        public IEnumerable<(long[] Ids, float Similarity)> All() =>
            parents.Keys.ToArray().GroupBy(Root)
                .Select(group => (group.ToArray(), least.GetValueOrDefault(group.Key, 1)));

        private long Root(long id)
        {
            if (!parents.TryGetValue(id, out var parent))
                return parents[id] = id;
            return parent == id ? id : parents[id] = Root(parent);
        }
    }
}
