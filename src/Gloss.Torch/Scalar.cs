namespace Gloss.Torch;

/// <summary>A number given to an operator; integers stay integers, so that integer tensors stay integer.</summary>
public readonly struct Scalar
{
    internal bool IsInteger { get; private init; }
    internal long Integer { get; private init; }
    internal double Number { get; private init; }

    /// <summary>An integer.</summary>
    public static implicit operator Scalar(int value) => new() { IsInteger = true, Integer = value };

    /// <summary>An integer.</summary>
    public static implicit operator Scalar(long value) => new() { IsInteger = true, Integer = value };

    /// <summary>A real number.</summary>
    public static implicit operator Scalar(double value) => new() { Number = value };
}
