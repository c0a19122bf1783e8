package record

import "encoding/binary"

// Recompress makes a copy of b with another codec: what a broker does whose compression.type is not producer.
// Header and records stay as they are but for codec, length and CRC. The copy of a batch that has the codec
// already is the batch itself.
func Recompress(b Batch, c Codec, s *Scratch, lim Limits) (Batch, error) {
	a := b.Attributes()
	if a.Codec() == c || b.Count() == 0 {
		return b, nil
	}
	plain, err := Decompress(s.window[:0], b[HeaderSize:], a.Codec(), lim.maxUncompressed(), s)
	s.window = plain[:0]
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, HeaderSize+len(plain)), b[:HeaderSize]...)
	copied := Batch(Compress(out, plain, c, s))
	binary.BigEndian.PutUint16(copied[atAttributes:], uint16(a&^attrCodec|Attributes(c)))
	binary.BigEndian.PutUint32(copied[atLength:], uint32(len(copied)-lengthOverhead))
	copied.setCRC()
	return copied, nil
}
