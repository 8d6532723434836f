using System.Globalization;
using Gloss.Search.Sqlite;
using Gloss.Search.Vectors;
using Gloss.Text;

namespace Gloss.Search;

/// <summary>
/// What is known of the pictures of some folders: one SQLite file with their tags, captions and embeddings. Any number
/// of processes may have it open; each object is for one thread at a time (<see cref="OpenAgain"/> gives another thread
/// its own).
/// </summary>
public sealed class Catalogue : IDisposable
{
    private const string PathVariable = "GLOSS_CATALOGUE";

    private readonly Dictionary<string, long> tagRows = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider time;
    private CatalogueModel? model;

    private Catalogue(SqliteDatabase database, TimeProvider time)
    {
        (Database, this.time) = (database, time);
        model = ReadModel();
    }

    /// <summary>
    /// The catalogue that is used where none is named: what the environment variable <c>GLOSS_CATALOGUE</c> says, else
    /// <c>gloss/catalogue.db</c> in the user's folder for data (<c>~/.local/share</c> on Linux).
    /// </summary>
    public static string DefaultPath => Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } set ? set
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify),
            "gloss", "catalogue.db");

    /// <summary>The version of the SQLite library.</summary>
    /// <exception cref="DllNotFoundException">It is not installed.</exception>
    public static string LibraryVersion => SqliteDatabase.Version;

    /// <summary>Where it lies.</summary>
    public string Path => Database.Path;

    /// <summary>The model that its scores and embeddings are of; null before the first was used.</summary>
    public CatalogueModel? Model => model;

    internal SqliteDatabase Database { get; }

    /// <summary>Opens a catalogue.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mayCreate">Makes it, and the folders above it, where it is absent.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="CatalogueException">It is absent, something else, or cannot be opened.</exception>
    public static Catalogue Open(string path, bool mayCreate = false, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = System.IO.Path.GetFullPath(path);
        if (!mayCreate && !File.Exists(path))
            throw new CatalogueException(
                $"no catalogue · {path} · hint: gloss index FOLDER makes one; --catalogue FILE or {PathVariable} names "
                + $"another");
        if (mayCreate)
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        var database = new SqliteDatabase(path, mayCreate);
        try
        {
            CatalogueSchema.Prepare(database, mayCreate);
            return new Catalogue(database, time ?? TimeProvider.System);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The same catalogue for another thread; the caller owns it.</summary>
    public Catalogue OpenAgain() => Open(Path, time: time);

    /// <summary>Says whose scores and embeddings come from now on.</summary>
    /// <param name="next">The model.</param>
    /// <param name="replaces">
    /// Whether it may take the place of another: pictures that only the other has seen are then found by nothing until
    /// they are indexed again; what persons decided stays.
    /// </param>
    /// <exception cref="CatalogueException">The catalogue is of another model, which may not be replaced.</exception>
    public void UseModel(CatalogueModel next, bool replaces = false)
    {
        ArgumentNullException.ThrowIfNull(next);
        Database.Write(() =>
        {
            if (ReadModel() is { } present && present.Identity != next.Identity && !replaces)
            {
                throw new CatalogueException(
                    $"the catalogue is of another model · {Path} · expected {next.Name} ({next.Identity[..12]}), got {present.Name} " +
                    $"({present.Identity[..12]}) · hint: --renew lets this model look at all pictures again, --model "
                    + $"names the other, --catalogue another file");
            }
            var lines = new StringWriter();
            next.Tags.Write(lines);
            Database.Run("UPDATE model SET is_current = 0 WHERE is_current = 1 AND identity <> ?", next.Identity);
            // The floor of a model that is known stays: scores between an old and a new one were not kept.
            Database.Run("""
                INSERT INTO model(identity, name, folder, tags, threshold, deleted_tags, floor, is_current) VALUES(?, ?, ?, ?, ?, ?, ?, 1)
                ON CONFLICT(identity) DO UPDATE SET name = excluded.name, folder = excluded.folder, is_current = 1
                """, next.Identity, next.Name, next.Folder, lines.ToString(), next.Threshold, string.Join(',', next.DeletedTags), next.Floor);
            foreach (var tag in next.Tags)
                Database.Run("INSERT OR IGNORE INTO tag(name) VALUES(?)", tag.Name);
        });
        tagRows.Clear();
        model = ReadModel();
    }

    /// <summary>The folders that are kept up to date.</summary>
    public IReadOnlyList<string> Roots() => Database.All("SELECT path FROM root ORDER BY path", row => row.Text(0));

    /// <summary>Notes folders to be kept up to date; one below another that is noted is left out.</summary>
    public void AddRoots(IEnumerable<string> folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        Database.Write(() =>
        {
            foreach (var folder in folders)
            {
                var path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder));
                var prefix = path.EndsWith('/') ? path : path + "/";
                if (
                    Database.Number(
                    "SELECT 1 FROM root WHERE ?1 = path OR substr(?1, 1, length(path) + 1) = path || '/' OR path = '/'",
                    path) is not null)
                    continue;
                Database.Run("DELETE FROM root WHERE substr(path, 1, length(?1)) = ?1", prefix);
                Database.Run("INSERT INTO root(path) VALUES(?)", path);
            }
        });
    }

    /// <summary>
    /// Forgets pictures whose files are gone, with all that persons decided of them; returns how many.
    /// </summary>
    public int Forget() => new CatalogueWriter(this).Forget();

    /// <summary>How much it holds.</summary>
    public CatalogueCounts Count()
    {
        using var row = Database.Use("""
            SELECT count(*) FILTER (WHERE deleted IS NULL AND error IS NULL), count(*) FILTER (WHERE deleted IS NULL AND error IS NULL AND model IS NOT ?),
                count(*) FILTER (WHERE deleted IS NOT NULL), count(*) FILTER (WHERE deleted IS NULL AND error IS NOT NULL) FROM picture
            """, model?.Row);
        row.Step();
        return new CatalogueCounts(row.Int64(0), row.Int64(1), row.Int64(2), row.Int64(3));
    }

    /// <summary>
    /// Makes the index of embeddings where there are so many that a search needs one, and the present one lacks too
    /// many of them.
    /// </summary>
    /// <param name="threads">Threads, at least 1.</param>
    /// <param name="starting">Told how many embeddings will be in it, before it is made.</param>
    /// <param name="cancellationToken">Stops while embeddings are read; what was there before stays.</param>
    /// <returns>What was made; null where nothing was to be done.</returns>
    public VectorBuild? UpdateVectors(int threads, Action<long>? starting = null,
        CancellationToken cancellationToken = default)
    {
        var store = new VectorStore(this);
        if (!store.NeedsBuilding())
            return null;
        starting?.Invoke(store.Count());
        return store.Build(threads, cancellationToken: cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => Database.Dispose();

    /// <summary>The model, or an error that says what to do.</summary>
    internal CatalogueModel RequireModel() => model
        ?? throw new CatalogueException($"the catalogue is empty · {Path} · hint: gloss index FOLDER fills it");

    /// <summary>
    /// Throws where another process has meanwhile given the catalogue to another model; call it inside of a
    /// transaction.
    /// </summary>
    internal void CheckModel()
    {
        if (Database.Number("SELECT id FROM model WHERE is_current = 1") != model?.Row)
            throw new CatalogueException(
                $"another process has given the catalogue to another model · {Path} · hint: run this again with that "
                + $"model");
    }

    /// <summary>Seconds since 1970.</summary>
    internal long Now() => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>The clock's ticks of UTC.</summary>
    internal long NowTicks() => time.GetUtcNow().UtcTicks;

    /// <summary>The row of a tag; null where nothing has that name. Letter case does not matter.</summary>
    internal long? TagRow(string name)
    {
        if (tagRows.Count == 0)
        {
            using var rows = Database.Use("SELECT id, name FROM tag");
            while (rows.Step())
                tagRows[rows.Text(1)] = rows.Int64(0);
        }
        return tagRows.TryGetValue(name, out var row) ? row : null;
    }

    /// <summary>The row of a tag, which is made where it is new.</summary>
    internal long NeedTagRow(string name)
    {
        if (TagRow(name) is { } known)
            return known;
        Database.Run("INSERT OR IGNORE INTO tag(name) VALUES(?)", name);
        return tagRows[name] = Database.Number("SELECT id FROM tag WHERE name = ?", name)!.Value;
    }

    private CatalogueModel? ReadModel()
    {
        using var row =
            Database.Use(
            "SELECT id, identity, name, folder, tags, threshold, deleted_tags, floor FROM model WHERE is_current = 1");
        return !row.Step() ? null : new CatalogueModel
        {
            Row = row.Int64(0), Identity = row.Text(1), Name = row.Text(2), Folder = row.Text(3),
            Tags = TagVocabulary.Read(new StringReader(row.Text(4)), $"{Path}, table model"),
            Threshold = (float)row.Double(5), Floor = (float)row.Double(7),
            DeletedTags = [.. row.Text(6).Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture))],
        };
    }
}
