namespace Gloss.Cli.Recognition;

/// <summary>Lists of names that are too long for a command line: a file, one a line.</summary>
internal static class TagFile
{
    /// <summary>The lines that say something.</summary>
    /// <param name="option">The option that names the file, for messages.</param>
    /// <param name="path">The file, in UTF-8.</param>
    /// <exception cref="ArgumentException">It is not there, or says nothing.</exception>
    public static string[] Read(string option, string path)
    {
        if (!File.Exists(path))
            throw new ArgumentException($"{option} {path} · no such file · hint: one a line");
        string[] names = [.. File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
        return names.Length > 0
            ? names : throw new ArgumentException($"{option} {path} · expected names, one a line, got none");
    }
}
