namespace Gloss.Cli.Recognition;

/// <summary>Where a drawing over a photograph may be written: never over the photograph.</summary>
internal static class DrawnPicture
{
    /// <summary>Refuses a target that is the picture itself, by its own name or through links.</summary>
    /// <param name="option">The option that names the target.</param>
    /// <param name="target">The file to be written.</param>
    /// <param name="picture">The photograph.</param>
    /// <exception cref="ArgumentException">They are the same file.</exception>
    public static void CheckTarget(string option, string target, string picture)
    {
        if (string.Equals(Resolve(target), Resolve(picture), StringComparison.Ordinal))
            throw new ArgumentException(
                $"{option} {target} would write over the picture itself · {picture} · hint: give another name");
    }

    private static string Resolve(string path)
    {
        var full = Path.GetFullPath(path);
        return File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
    }
}
