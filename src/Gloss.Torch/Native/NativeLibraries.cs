using System.Reflection;
using System.Runtime.InteropServices;

namespace Gloss.Torch;

/// <summary>
/// Finds Gloss's native libraries: in the folder that the environment variable <c>GLOSS_NATIVE</c> names, else in
/// <c>native/build</c> of the checkout that holds the program, else beside the program.
/// </summary>
public static class NativeLibraries
{
    private static readonly HashSet<Assembly> Registered = [];

    /// <summary>The file name of a native library of Gloss on this system, for example <c>libgloss_torch.so</c>.</summary>
    public static string FileName(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    /// <summary>The full path of a native library of Gloss, or null when it is in none of the places.</summary>
    public static string? Find(string name)
    {
        var file = FileName(name);
        foreach (var folder in Folders())
        {
            var path = Path.Combine(folder, file);
            if (File.Exists(path))
                return path;
        }
        return null;
    }

    /// <summary>Lets <paramref name="assembly"/> load Gloss's native libraries (names that begin with <c>gloss_</c>) from the places above.</summary>
    /// <remarks>Doing it again for the same assembly changes nothing.</remarks>
    public static void Register(Assembly assembly)
    {
        lock (Registered)
        {
            if (Registered.Add(assembly))
                NativeLibrary.SetDllImportResolver(assembly, Resolve);
        }
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (!name.StartsWith("gloss_", StringComparison.Ordinal))
            return IntPtr.Zero;
        if (Find(name) is { } path)
            return NativeLibrary.Load(path);
        throw new DllNotFoundException(
            $"{FileName(name)} was not found · looked in {string.Join(", ", Folders())} · " +
            "hint: run ./gloss info in a checkout, which builds it, or set GLOSS_NATIVE to the folder that holds it");
    }

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("GLOSS_NATIVE") is { Length: > 0 } set)
            yield return set;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Gloss.slnx")))
                yield return Path.Combine(folder.FullName, "native", "build");
        }
        yield return AppContext.BaseDirectory;
    }
}
