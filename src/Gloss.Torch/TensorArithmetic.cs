using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>
/// Operators that work element by element, with broadcasting. Names that end in <c>InPlace</c> change their first
/// argument.
/// </summary>
public static class TensorArithmetic
{
    private static readonly Operator addTensor = new("aten::add", "Tensor");
    private static readonly Operator addScalar = new("aten::add", "Scalar");
    private static readonly Operator subTensor = new("aten::sub", "Tensor");
    private static readonly Operator subScalar = new("aten::sub", "Scalar");
    private static readonly Operator rsubScalar = new("aten::rsub", "Scalar");
    private static readonly Operator mulTensor = new("aten::mul", "Tensor");
    private static readonly Operator mulScalar = new("aten::mul", "Scalar");
    private static readonly Operator divTensor = new("aten::div", "Tensor");
    private static readonly Operator divScalar = new("aten::div", "Scalar");
    private static readonly Operator neg = new("aten::neg");
    private static readonly Operator exp = new("aten::exp");
    private static readonly Operator log = new("aten::log");
    private static readonly Operator sqrt = new("aten::sqrt");
    private static readonly Operator abs = new("aten::abs");
    private static readonly Operator sin = new("aten::sin");
    private static readonly Operator cos = new("aten::cos");
    private static readonly Operator powScalar = new("aten::pow", "Tensor_Scalar");
    private static readonly Operator powTensor = new("aten::pow", "Tensor_Tensor");
    private static readonly Operator clamp = new("aten::clamp");
    private static readonly Operator maximum = new("aten::maximum");
    private static readonly Operator minimum = new("aten::minimum");
    private static readonly Operator where = new("aten::where", "self");
    private static readonly Operator lerp = new("aten::lerp", "Scalar");
    private static readonly Operator eqTensor = new("aten::eq", "Tensor");
    private static readonly Operator eqScalar = new("aten::eq", "Scalar");
    private static readonly Operator neScalar = new("aten::ne", "Scalar");
    private static readonly Operator gtScalar = new("aten::gt", "Scalar");
    private static readonly Operator ltScalar = new("aten::lt", "Scalar");
    private static readonly Operator gtTensor = new("aten::gt", "Tensor");
    private static readonly Operator logicalNot = new("aten::logical_not");
    private static readonly Operator logicalAnd = new("aten::logical_and");
    private static readonly Operator maskedFillScalar = new("aten::masked_fill", "Scalar");
    private static readonly Operator toDtype = new("aten::to", "dtype");
    private static readonly Operator toDevice = new("aten::to", "device");
    private static readonly Operator addInPlace = new("aten::add_", "Tensor");
    private static readonly Operator mulInPlaceScalar = new("aten::mul_", "Scalar");
    private static readonly Operator copyInPlace = new("aten::copy_");
    private static readonly Operator zeroInPlace = new("aten::zero_");
    private static readonly Operator fillInPlace = new("aten::fill_", "Scalar");
    private static readonly Operator lerpInPlace = new("aten::lerp_", "Scalar");

    /// <summary>self + other.</summary>
    public static Tensor Add(this Tensor self, Tensor other) => addTensor.Call(self, other);
    /// <summary>self + other.</summary>
    public static Tensor Add(this Tensor self, Scalar other) => addScalar.Call(self, other);
    /// <summary>self − other.</summary>
    public static Tensor Subtract(this Tensor self, Tensor other) => subTensor.Call(self, other);
    /// <summary>self − other.</summary>
    public static Tensor Subtract(this Tensor self, Scalar other) => subScalar.Call(self, other);
    /// <summary>other − self.</summary>
    public static Tensor ReverseSubtract(this Tensor self, Scalar other) => rsubScalar.Call(self, other);
    /// <summary>self · other.</summary>
    public static Tensor Multiply(this Tensor self, Tensor other) => mulTensor.Call(self, other);
    /// <summary>self · other.</summary>
    public static Tensor Multiply(this Tensor self, Scalar other) => mulScalar.Call(self, other);
    /// <summary>self / other.</summary>
    public static Tensor Divide(this Tensor self, Tensor other) => divTensor.Call(self, other);
    /// <summary>self / other.</summary>
    public static Tensor Divide(this Tensor self, Scalar other) => divScalar.Call(self, other);
    /// <summary>−self.</summary>
    public static Tensor Negate(this Tensor self) => neg.Call(self);
    /// <summary>e to the power of self.</summary>
    public static Tensor Exp(this Tensor self) => exp.Call(self);
    /// <summary>Natural logarithm.</summary>
    public static Tensor Log(this Tensor self) => log.Call(self);
    /// <summary>Square root.</summary>
    public static Tensor Sqrt(this Tensor self) => sqrt.Call(self);
    /// <summary>Absolute value.</summary>
    public static Tensor Abs(this Tensor self) => abs.Call(self);
    /// <summary>Sine of radians.</summary>
    public static Tensor Sin(this Tensor self) => sin.Call(self);
    /// <summary>Cosine of radians.</summary>
    public static Tensor Cos(this Tensor self) => cos.Call(self);
    /// <summary>self to the power of <paramref name="exponent"/>.</summary>
    public static Tensor Pow(this Tensor self, Scalar exponent) => powScalar.Call(self, exponent);
    /// <summary>self to the power of <paramref name="exponent"/>.</summary>
    public static Tensor Pow(this Tensor self, Tensor exponent) => powTensor.Call(self, exponent);
    /// <summary>Limited to [min, max]; null means no limit.</summary>
    public static Tensor Clamp(this Tensor self, double? min = null, double? max = null) =>
        clamp.Call(self, min is { } low ? low : Argument.None, max is { } high ? high : Argument.None);
    /// <summary>The larger of the two.</summary>
    public static Tensor Maximum(this Tensor self, Tensor other) => maximum.Call(self, other);
    /// <summary>The smaller of the two.</summary>
    public static Tensor Minimum(this Tensor self, Tensor other) => minimum.Call(self, other);
    /// <summary>self where <paramref name="condition"/> (bool) holds, else other.</summary>
    public static Tensor Where(this Tensor self, Tensor condition, Tensor other) => where.Call(condition, self, other);
    /// <summary>self + weight · (end − self).</summary>
    public static Tensor Lerp(this Tensor self, Tensor end, double weight) => lerp.Call(self, end, weight);
    /// <summary>self = other, bool.</summary>
    public static Tensor EqualTo(this Tensor self, Tensor other) => eqTensor.Call(self, other);
    /// <summary>self = other, bool.</summary>
    public static Tensor EqualTo(this Tensor self, Scalar other) => eqScalar.Call(self, other);
    /// <summary>self ≠ other, bool.</summary>
    public static Tensor NotEqualTo(this Tensor self, Scalar other) => neScalar.Call(self, other);
    /// <summary>self &gt; other, bool.</summary>
    public static Tensor GreaterThan(this Tensor self, Scalar other) => gtScalar.Call(self, other);
    /// <summary>self &gt; other, bool.</summary>
    public static Tensor GreaterThan(this Tensor self, Tensor other) => gtTensor.Call(self, other);
    /// <summary>self &lt; other, bool.</summary>
    public static Tensor LessThan(this Tensor self, Scalar other) => ltScalar.Call(self, other);
    /// <summary>Not self, bool.</summary>
    public static Tensor LogicalNot(this Tensor self) => logicalNot.Call(self);
    /// <summary>self and other, bool.</summary>
    public static Tensor LogicalAnd(this Tensor self, Tensor other) => logicalAnd.Call(self, other);
    /// <summary>self, with <paramref name="value"/> wherever <paramref name="mask"/> (bool) holds.</summary>
    public static Tensor MaskedFill(this Tensor self, Tensor mask, Scalar value) =>
        maskedFillScalar.Call(self, mask, value);

    /// <summary>The elements converted to <paramref name="type"/>; a new handle also where nothing changes.</summary>
    public static Tensor To(this Tensor self, ScalarType type) => toDtype.Call(self, type);
    /// <summary>The tensor on <paramref name="device"/>, its type kept.</summary>
    public static Tensor To(this Tensor self, Device device) =>
        toDevice.Call(self, device.Type == DeviceType.Cpu ? Device.Cpu : device, self.Type);

    /// <summary>self += alpha · other.</summary>
    public static Tensor AddInPlace(this Tensor self, Tensor other, double alpha = 1)
    {
        addInPlace.CallVoid(self, other, alpha);
        return self;
    }

    /// <summary>self *= factor.</summary>
    public static Tensor MultiplyInPlace(this Tensor self, double factor)
    {
        mulInPlaceScalar.CallVoid(self, factor);
        return self;
    }

    /// <summary>
    /// Overwrites the elements with those of <paramref name="source"/>, converted and broadcast as needed.
    /// </summary>
    public static Tensor CopyInPlace(this Tensor self, Tensor source)
    {
        copyInPlace.CallVoid(self, source);
        return self;
    }

    /// <summary>Overwrites the elements with zero.</summary>
    public static Tensor ZeroInPlace(this Tensor self)
    {
        zeroInPlace.CallVoid(self);
        return self;
    }

    /// <summary>Overwrites the elements with <paramref name="value"/>.</summary>
    public static Tensor FillInPlace(this Tensor self, Scalar value)
    {
        fillInPlace.CallVoid(self, value);
        return self;
    }

    /// <summary>self += weight · (end − self).</summary>
    public static Tensor LerpInPlace(this Tensor self, Tensor end, double weight)
    {
        lerpInPlace.CallVoid(self, end, weight);
        return self;
    }
}
