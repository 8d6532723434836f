namespace Gloss.Text;

/// <summary>Tokens that belong together.</summary>
/// <param name="Start">The first one.</param>
/// <param name="End">Behind the last one; equal to <paramref name="Start"/> where there is none.</param>
public readonly record struct TokenRange(int Start, int End)
{
    /// <summary>How many tokens.</summary>
    public int Count => End - Start;
}
