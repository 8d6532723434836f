using System.Text.Json;

namespace Gloss.Cli.Inspection;

/// <summary>A model that was found: a folder with a <c>config.json</c>.</summary>
internal sealed record ModelInfo
{
    /// <summary>The name of its folder.</summary>
    public required string Name { get; init; }

    /// <summary>Its folder.</summary>
    public required string Path { get; init; }

    /// <summary>The family that its <c>config.json</c> names; null when that cannot be read.</summary>
    public string? Family { get; init; }

    /// <summary>All its files together, in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>
    /// The models in the folder <paramref name="models"/>, by name; none where there is no such folder.
    /// </summary>
    public static IReadOnlyList<ModelInfo> List(string models) => !Directory.Exists(models)
        ? []
        :
        [
            .. Directory.EnumerateDirectories(models)
                .Where(folder => File.Exists(System.IO.Path.Combine(folder, "config.json")))
                .Order(StringComparer.Ordinal)
                .Select(folder => new ModelInfo
                {
                    Name = System.IO.Path.GetFileName(folder),
                    Path = folder,
                    Family = ReadFamily(System.IO.Path.Combine(folder, "config.json")),
                    Bytes = new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length),
                }),
        ];

    private static string? ReadFamily(string config)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(config));
            return json.RootElement.GetProperty("family").GetString();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException
            or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            // A broken model is shown without its family; the verb that opens it says what is wrong.
            return null;
        }
    }
}
